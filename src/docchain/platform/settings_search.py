"""What the operator may choose of search."""

from pydantic import Field

from docchain.platform.settings_concerns import Concern


class SearchSettings(Concern):
    """What is found, and what that may cost."""

    search_url: str = Field(
        "embedded:",
        pattern=r"^[a-z+]+:",
        description="The search back end: `embedded:`; `postgresql:` (the application's database) or "
        "`postgresql://…`; `opensearch+http://host:9200`, `elasticsearch+https://…`, `solr+http://host:8983/solr`, "
        "`whoosh:/path`. Servers that share no data folder need another one than `embedded:`.",
    )
    search_timeout: float = Field(
        30.0, gt=0, le=600, description="Seconds that a search server may take to answer; only for those over HTTP."
    )
    search_kinds: list[str] = Field(
        ["document", "workflow", "run", "audit"],
        description="What is indexed, as a JSON list of `document`, `workflow`, `run`, `audit` (what happened, for "
        'whoever may read the audit log); `["document", "workflow"]` spares servers with very many runs.',
    )
    search_remembered: int = Field(
        400_000,
        ge=0,
        description="Passages and entries of which a process remembers signs and facts, of about 200 bytes each; only "
        "with the index in PostgreSQL. More are looked up there, which takes longer.",
    )
    search_text: int = Field(500_000, ge=1_000, description="Characters of a text that are indexed.")
    search_passages: int = Field(
        64, ge=1, le=1_000, description="Passages of a text that are found by meaning, of about 600 characters each."
    )
    search_threads: int = Field(2, ge=1, le=64, description="Searches that a process works on at the same time.")
    search_pause: float = Field(
        0.1, ge=0, le=10, description="Seconds between two batches of the indexer; longer spares a busy server."
    )
    search_patience: float = Field(
        0.5,
        ge=0.0,
        le=60.0,
        description="Seconds that a hybrid search waits for the language model, which loads when it is first needed; "
        "then it is answered by words, and says so.",
    )
    search_rest: float = Field(
        300.0, gt=0, description="Seconds after the last question or text until the language model's memory is freed."
    )
