"""Seller and buyer where no label names them; its one rule: the letterhead is the seller's."""

import re
from collections.abc import Iterable, Sequence

from docchain.features.extraction.geometry import fold
from docchain.features.extraction.line_table import LineTable
from docchain.features.extraction.names import has_legal_form, name_in
from docchain.features.extraction.parties import Party, party_at
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Span

TOP, MIDDLE, FOOTER, LETTERHEAD = 0.35, 0.5, 0.85, 0.12
ADDRESS_ROWS, MOST_ROWS, MOST_CELLS, MOST_PARTIES = 3, 600, 1500, 12
BRAND, REPEATED = 4, 5
OWN_ROLES = frozenset({"phone", "registry", "iban", "bic"})
_DOMAIN = re.compile(r"@|www\.|\.(?:com|es|de|fr|nl|it|pt|eu|net|org|uk|mx|ch|at|be|ie|example)\b", re.IGNORECASE)
_POSTCODE = re.compile(r"\b(?:\d{4,5}|[A-Z]{1,2}\d{1,2}[A-Z]?\s\d[A-Z]{2}|\d{4}\s?[A-Z]{2}|[A-Z]\d{2}\s[A-Z\d]{4})\b")


def unlabelled_parties(reading: Reading, known: Sequence[Party], ids: Iterable[Span], table: LineTable) -> list[Party]:
    """Names that stand like the seller's, best first."""
    found: dict[str, Party] = {}
    for row in reading.layout.rows[:MOST_ROWS]:
        for start, end in row.cells:
            name = name_in(reading, row, start, end)
            if name is None or table.covers(name) or _belongs_elsewhere(reading, name, known):
                continue
            score = _place(reading, name)
            key = fold(name.text)
            if score > 0 and (key not in found or found[key].score < score):
                found[key] = party_at(reading, "seller", name, score, "stands like a letterhead")
    best = sorted(found.values(), key=lambda party: -party.score)[:MOST_PARTIES]
    _corroborate(reading, best, list(ids))
    return sorted(best, key=lambda party: -party.score)


def full_name(candidates: Sequence[Party], best: Party) -> Party:
    """The company that a brand at the top stands for: the name with a legal form that has the brand's word."""
    if has_legal_form(best.names[0]):
        return best
    brand = set(_words(best.names[0]))
    for party in candidates:
        if party is not best and has_legal_form(party.names[0]) and brand & set(_words(party.names[0])):
            party.score = min(max(party.score, best.score) + 0.1, 0.97)
            return party
    return best


def addressee(reading: Reading, candidates: Sequence[Party], seller: Party) -> Party | None:
    """The other address block, else the other company, at the top of the first page."""
    others = [party for party in candidates if _is_other(reading, party, seller)]
    for party in others:
        if _is_address(reading, party) and not _own_roles(reading, party):
            return Party("buyer", party.names, 0.6, "the other address block", party.block)
    for party in others:
        if has_legal_form(party.names[0]) and len(party.block) > 1:
            return Party("buyer", party.names, 0.5, "the other company", party.block)
    return None


def _is_other(reading: Reading, party: Party, seller: Party) -> bool:
    name, first = party.names[0], seller.names[0]
    top = party.page == 1 and name.row.y0 < MIDDLE * reading.layout.sizes[1][1]
    low = (
        seller.page != 1
        or name.row.y0 > first.row.y0 - first.row.height
        or first.row.y0 > MIDDLE * reading.layout.sizes[1][1]
    )
    brand = bool(set(_words(name)) & set(_words(first)))
    return top and low and not brand and fold(party.text) != fold(seller.text) and not seller.holds(name)


def _words(span: Span) -> list[str]:
    return [token.norm for token in span.row.tokens[span.start : span.end] if len(token.norm) >= BRAND]


def _belongs_elsewhere(reading: Reading, name: Span, known: Sequence[Party]) -> bool:
    if any(party.holds(name) or fold(party.text) == fold(name.text) for party in known):
        return True
    cell = name.row.cell_at(name.start)
    for hit in reading.hits.get(name.row.index, ()):
        beside = hit.end == name.start and hit.quality > TOP and not hit.roles & {"number", "date"}
        if hit.start <= name.start < hit.end or beside or cell[0] <= hit.start < name.start:
            return True
    return False


def _place(reading: Reading, name: Span) -> float:
    row = name.row
    width, height = reading.layout.sizes[row.page]
    top = max(0.0, 1 - row.y0 / max(TOP * height, 1.0)) if row.page == 1 else 0.0
    legal = has_legal_form(name)
    if not legal and top <= 0:
        return 0.0
    tall = name.box[3] - name.box[1]
    large = min(max(tall / reading.layout.usual_height - 1.1, 0.0), 1.0) if top > 0 else 0.0
    footer = row.y0 > FOOTER * height
    score = 0.3 * top + 0.3 * legal + 0.3 * large + 0.2 * (footer and legal)
    return score * (0.5 if name.box[2] - name.box[0] > 0.6 * width else 1.0)


def _corroborate(reading: Reading, parties: Sequence[Party], ids: Sequence[Span]) -> None:
    """A name that heads a block with its ids, is printed again or in a web address, is more likely the seller's."""
    texts = [fold(row.text(start, end)) for row in reading.layout.rows for start, end in row.cells][:MOST_CELLS]
    domains = [token.norm for row in reading.layout.rows for token in row.tokens if _DOMAIN.search(token.text)]
    topmost = min(parties, key=lambda party: (party.page, party.names[0].row.y0), default=None)
    for party in parties:
        key = fold(party.text)
        row, name = party.names[0].row, party.names[0]
        first = next((token.norm for token in row.tokens[name.start : name.end] if len(token.norm) >= BRAND), "")
        own = _own_roles(reading, party)
        party.score += (
            0.2 * own
            + 0.1 * any(party.holds(item) for item in ids)
            + 0.2 * (party is topmost)
            + 0.15 * (len(key) >= REPEATED and sum(key in text for text in texts) > 1)
        )
        party.score += 0.35 * bool(first and any(first in domain for domain in domains))
        sheltered = row.y0 > LETTERHEAD * reading.layout.sizes[party.page][1]
        party.score -= 0.25 * (sheltered and not own and _is_address(reading, party))
        party.score = min(party.score, 0.97)


def _own_roles(reading: Reading, party: Party) -> bool:
    hits = (hit for hit in reading.labelled(*OWN_ROLES) if hit.row.page == party.page)
    return any(party.holds(hit) for hit in hits)


def _is_address(reading: Reading, party: Party) -> bool:
    if len(party.block) < ADDRESS_ROWS:
        return False
    rows = (row for row in reading.layout.rows if row.page == party.page)
    texts = (row.text(start, end) for row in rows for start, end in row.cells if party.holds(Span(row, start, end)))
    return any(_POSTCODE.search(text) for text in texts)
