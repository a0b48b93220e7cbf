"""What evaluation refuses."""

from docchain.platform.errors import Conflict, Denied, NotFound, Stale


class EvaluationNotFound(NotFound):
    code = "ai_evaluation_not_found"
    title = "There is no such evaluation set"

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no evaluation set {reference[:100]!r}.", hint="GET /ai/evaluations lists them.")


class ExampleNotFound(NotFound):
    code = "ai_example_not_found"
    title = "There is no such example"


class EvaluationRunNotFound(NotFound):
    code = "ai_evaluation_run_not_found"
    title = "There is no such run of the evaluation set"


class EvaluationNameTaken(Conflict):
    code = "ai_evaluation_name_taken"
    title = "There is an evaluation set of this name"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is taken.", hint="Choose another name, or change that set.")


class EvaluationChanged(Stale):
    code = "ai_evaluation_changed"
    title = "The evaluation set changed since you read it"


class EvaluationEmpty(Conflict):
    code = "ai_evaluation_empty"
    title = "The evaluation set has no examples"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no examples.", hint=f"POST /ai/evaluations/{name}/examples adds some.")


class EvaluationHidden(Denied):
    code = "ai_evaluation_hidden"
    title = "Some examples of the evaluation set are kept from you"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Some examples of {name} are about documents that you may not see, so what you would score says nothing.",
            hint="Let somebody grade who sees them all.",
        )


class TooManyExamples(Conflict):
    code = "ai_evaluations_too_many"
    title = "There are as many as there may be"
