"""Step kinds of the language itself: set values, fill a text, fail; `wait` has a file of its own."""

import asyncio
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, field_validator

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.documents import Children
from docchain.features.signals import CallbackLinks
from docchain.features.workflows.waiting import WaitStep

_RENDER = "docchain.platform.templates:render_text"


class OpenResult(Result):
    """Fields as they come; an expression may name any."""

    model_config = ConfigDict(frozen=True, extra="allow")


class SetParams(Params):
    values: dict[str, Any] = Field(description="The step's output, field by field.", examples=[{"limit": 1000}])


class SetValue(StepKind):
    """Make an object of values; later steps read each field as `steps.<id>.<field>`."""

    name = "value.set"
    title = "Set values"
    params: ClassVar = SetParams
    result: ClassVar = OpenResult

    async def run(self, params: SetParams, context: StepContext) -> OpenResult:  # noqa: ARG002 - the contract's shape
        return OpenResult.model_validate(params.values)


class TemplateParams(Params):
    template: str = Field(description="Jinja text.", examples=["Hello {{ name }}!"])
    data: dict[str, Any] = Field(default_factory=dict, description="What the template sees.")

    @field_validator("template")
    @classmethod
    def _checked(cls, value: str) -> str:
        from docchain.platform.templates import TemplateFault, check_template  # noqa: PLC0415 - Jinja loads slowly

        try:
            check_template(value)
        except TemplateFault as fault:
            raise ValueError(str(fault)) from None
        return value


class TextResult(Result):
    text: str


class TextTemplate(StepKind):
    """Fill a Jinja template with values and hand on the text."""

    name = "text.template"
    title = "Fill a text template"
    params: ClassVar = TemplateParams
    result: ClassVar = TextResult

    def __init__(self, children: Children | None = None) -> None:
        self._children = children

    async def run(self, params: TemplateParams, context: StepContext) -> TextResult:  # noqa: ARG002 - the contract's shape
        if self._children is not None:
            return TextResult(text=await self._children.call(_RENDER, params.template, params.data))
        return TextResult(text=await asyncio.to_thread(_rendered, params.template, params.data))


def _rendered(template: str, data: dict[str, Any]) -> str:
    from docchain.platform.templates import TemplateFault, render_text  # noqa: PLC0415 - Jinja loads slowly

    try:
        return render_text(template, data)
    except TemplateFault as fault:
        raise StepError(str(fault), FailureClass.BAD_INPUT) from None


class FailParams(Params):
    message: str = Field(min_length=1, max_length=2_000, description="Why; the run's reader sees it.")
    failure: FailureClass = Field(FailureClass.BAD_INPUT, description="The failure class that retries name.")
    hint: str = Field("", max_length=2_000, description="What to do next.")


class Fail(StepKind):
    """End the run as failed, with a message of the workflow's author."""

    name = "fail"
    title = "Fail"
    effect = Effect.PURE
    params: ClassVar = FailParams
    result: ClassVar = Result

    async def run(self, params: FailParams, context: StepContext) -> Result:  # noqa: ARG002 - the contract's shape
        raise StepError(params.message, params.failure, hint=params.hint)


def language_kinds(children: Children | None = None, links: CallbackLinks | None = None) -> list[StepKind]:
    """The language's own kinds.

    Args:
        children: bound what a template can take; tests of trusted ones do without.
        links: make the addresses of call-backs; without them no step waits for one.
    """
    return [SetValue(), TextTemplate(children), WaitStep(links), Fail()]
