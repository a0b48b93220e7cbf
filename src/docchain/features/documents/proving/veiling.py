"""A lineage as somebody may see it who is not shown all values: what the lineage masks over HTTP, PROV masks, too."""

from docchain.features.documents.proving.schemas import DocumentLineage, Edit
from docchain.features.documents.schemas import FieldLineage
from docchain.platform.veil import MASK, Veil


def veiled(lineage: DocumentLineage, veil: Veil) -> DocumentLineage:
    """The same, without values that are hidden: where on the page they stand and what it says there is gone, too."""
    fields = [_field(veil, field) for field in lineage.fields]
    return lineage.model_copy(update={"fields": fields, "edits": [_edit(veil, edit) for edit in lineage.edits]})


def _field(veil: Veil, field: FieldLineage) -> FieldLineage:
    told = field.model_dump(mode="json")
    shown = veil.over(told)
    if shown == told and not veil.hides_field(field.field):
        return field
    gone = dict.fromkeys(("confidence", "page", "box", "path", "text"))
    return field.model_copy(update={**gone, "value": MASK})


def _edit(veil: Veil, edit: Edit) -> Edit:
    return edit.model_copy(update={"changes": veil.over(edit.model_dump(mode="json"))["changes"]})
