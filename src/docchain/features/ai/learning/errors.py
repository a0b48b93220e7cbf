"""What corrections refuse."""

from collections.abc import Mapping

from docchain.platform.errors import Conflict, FieldFault, Invalid, NotFound


class CorrectionRefused(Invalid):
    code = "ai_correction_refused"
    title = "The paper does not say this"

    def __init__(self, refused: Mapping[str, str]) -> None:
        first, why = next(iter(refused.items()))
        faults = [FieldFault(f"fields.{name}", said, "not_on_paper") for name, said in refused.items()]
        super().__init__(f"{first}: {why}", errors=faults, hint="Copy values as they are printed; null where none is.")


class CorrectionNotFound(NotFound):
    code = "ai_correction_not_found"
    title = "There is no such correction"


class TooManyCorrections(Conflict):
    code = "ai_corrections_too_many"
    title = "There are as many corrections as there may be"
