"""The step kind `search.query`: workflows find what people find, and no more."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.search.query_text import LONGEST
from docchain.features.search.ranking import Mode
from docchain.features.search.schemas import FacetValue, FieldName, FilterText, SearchRequest, Sort
from docchain.features.search.service import SearchService
from docchain.platform.errors import Refusal
from docchain.platform.work import Actor


class QueryParams(Params):
    q: str = Field("", max_length=LONGEST, description="What is sought, as in the search box.")
    mode: Mode = "hybrid"
    kinds: list[FieldName] = Field([], max_length=10)
    filters: list[FilterText] = Field([], max_length=40)
    facets: list[FieldName] = Field([], max_length=20)
    sort: Sort = "relevance"
    limit: int = Field(20, ge=1, le=100)


class Found(Result):
    """`hits` are small: id, kind, handle, title, score, facts. `notice`: what could not be done."""

    hits: list[dict[str, Any]]
    total: int
    facets: dict[str, list[FacetValue]]
    notice: str | None = None


class SearchStep(StepKind):
    """Finds documents, workflows, runs and audit entries of the workspace, by words and by meaning."""

    name = "search.query"
    title = "Search"
    effect = Effect.IDEMPOTENT
    params: ClassVar[type[Params]] = QueryParams
    result: ClassVar[type[BaseModel]] = Found

    def __init__(self, service: SearchService | None = None) -> None:
        self._service = service

    async def run(self, params: QueryParams, context: StepContext) -> Found:
        if self._service is None:
            raise StepError("This process cannot search.", FailureClass.UNAVAILABLE)
        actor = Actor(None, context.actor, context.workspace_id, permissions=self._service.permissions)
        request = SearchRequest(**params.model_dump(), highlight=False)
        try:
            answer = await self._service.search(request, actor, patient=True)
        except Refusal as refusal:
            raise StepError(refusal.detail, FailureClass.BAD_INPUT, hint=refusal.hint) from None
        keep = {"id", "kind", "handle", "title", "score", "facts"}
        hits = [hit.model_dump(mode="json", include=keep) for hit in answer.hits]
        return Found(hits=hits, total=answer.total, facets=answer.facets, notice=answer.notice)
