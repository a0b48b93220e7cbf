"""Why something is a hit, in figures and in a sentence."""

from collections.abc import Sequence

from docchain.features.search.fusion import Fused
from docchain.features.search.port import Capabilities, Highlight, Kept
from docchain.features.search.queries import AllOf, AnyOf, Fuzzy, Node
from docchain.features.search.schemas import Hit, Piece, Why, WhyMeaning, WhyText


def hit_of(hit: Fused, kept: Kept, marks: Sequence[Highlight], passage: tuple[float, str] | None) -> Hit:
    return Hit(
        id=kept.id,
        kind=kept.kind,
        handle=kept.handle,
        title=kept.title,
        score=round(hit.score, 6),
        created_at=kept.created_at,
        updated_at=kept.updated_at,
        language=kept.language or None,
        facts=dict(kept.facts),
        highlights=[Piece(field=piece.field, text=piece.text, marks=list(piece.marks)) for piece in marks],
        why=_why(hit, marks, passage),
    )


def _why(hit: Fused, marks: Sequence[Highlight], passage: tuple[float, str] | None) -> Why:
    terms = list(dict.fromkeys(piece.text[start:end] for piece in marks for start, end in piece.marks))
    fields = [piece.field for piece in marks]
    text = semantic = None
    said = []
    if "text" in hit.parts:
        rank, share = hit.parts["text"]
        text = WhyText(rank=rank, share=round(share, 6), terms=terms, fields=fields)
        said.append(f"{', '.join(f'“{term}”' for term in terms)} in its {' and '.join(fields)}" if terms else "it fits")
    if "semantic" in hit.parts and passage is not None:
        rank, share = hit.parts["semantic"]
        similarity, shown = passage
        semantic = WhyMeaning(rank=rank, share=round(share, 6), similarity=round(similarity, 4), passage=shown)
        said.append(f"it means something similar ({similarity:.2f})")
    sentence = "; and ".join(said)
    return Why(said=f"{sentence[:1].upper()}{sentence[1:]}.", text=text, semantic=semantic)


def notice_of(able: Capabilities, mode: str, query: Node, trouble: str = "", told: str = "") -> str | None:
    """What was asked for and cannot be done, ever or just now: an answer without it is better than none."""
    missing = []
    if mode != "text" and not able.vectors:
        missing.append("compare meanings, so this was searched by words")
    if not able.fuzzy and _has_slips(query):
        missing.append("find misspelt words, so they were taken as they are")
    said = [f"The search back end {able.name} cannot {'; nor '.join(missing)}."] if missing else []
    if trouble:
        said.append(f"This was searched by words only: {trouble}.")
    if told:
        said.append(told)
    return " ".join(said) or None


def _has_slips(query: Node) -> bool:
    match query:
        case Fuzzy():
            return True
        case AllOf(nodes) | AnyOf(nodes):
            return any(map(_has_slips, nodes))
    return False
