"""Names and tax ids given to seller and buyer; its one rule: an id belongs to the block it stands in."""

from collections.abc import Sequence
from dataclasses import dataclass

from docchain.features.extraction import tax_ids
from docchain.features.extraction.confidence import evidence, rivalry
from docchain.features.extraction.geometry import Row, fold
from docchain.features.extraction.labels import words
from docchain.features.extraction.letterhead import addressee, full_name, unlabelled_parties
from docchain.features.extraction.line_table import LineTable
from docchain.features.extraction.neighbours import candidates
from docchain.features.extraction.parties import Party, labelled_parties
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.results import Value, value_of
from docchain.features.extraction.spans import Found, Hit

Role = str
ROLE_WORDS = ("buyer", "seller")


@dataclass(frozen=True, slots=True)
class PrintedId:
    """A tax id: whether check digits prove it, and the party its label names."""

    found: Found
    proved: bool
    labelled: bool
    named: Role | None

    @property
    def key(self) -> str:
        text = str(self.found.value)
        return text[2:] if text[:2].isalpha() and len(text) > 9 else text  # noqa: PLR2004 - with or without the country


Claims = dict[Role, list[tuple[PrintedId, float]]]


def find_parties(reading: Reading, table: LineTable) -> dict[str, Value]:
    buyers, sellers, others = (
        [party for party in labelled_parties(reading, role) if not table.covers(party.names[0])]
        for role in ("buyer", "seller", "ship_to")
    )
    ids = printed_ids(reading)
    by_place = unlabelled_parties(reading, [*buyers, *others], [item.found for item in ids], table)
    seller = next(iter(sellers or by_place), None)
    if seller and not sellers:
        seller = full_name(by_place, seller)
    buyer = next(iter(buyers), None)
    if buyer is None and seller is not None:
        buyer = addressee(reading, by_place, seller) or _consignee(others)
    values: dict[str, Value] = {}
    for party, rivals in ((seller, sellers or by_place), (buyer, buyers)):
        if party:
            values[party.role] = _party_value(party, rivals)
    sure = {role: values[role].confidence for role in ROLE_WORDS if role in values}
    claims = _claims(
        ids, [*sellers[:1], *([seller] if seller else [])], [*buyers[:2], *([buyer] if buyer else []), *others]
    )
    for role, found in claims.items():
        if found:
            values[f"{role}_tax_id"] = _id_value(found, sure.get(role, 0.5))
    return values


def _consignee(others: Sequence[Party]) -> Party | None:
    """Who receives the goods has most likely bought them."""
    return next((Party("buyer", party.names, 0.75 * party.score, party.method, party.block) for party in others), None)


def _party_value(party: Party, rivals: Sequence[Party]) -> Value:
    others = [other.score for other in rivals if fold(other.text) != fold(party.text)]
    sure = 0.93 * min(party.score, 1.0) * rivalry(party.score, others)
    return value_of(party.text, party.names, sure, party.method)


def printed_ids(reading: Reading) -> list[PrintedId]:
    """Every tax id, once a place: free-standing if proved, else by its label."""
    items: dict[tuple[int, int], PrintedId] = {}
    for hit in reading.labelled("tax_id", "tax"):
        role = "tax_id" if "tax_id" in hit.roles else "tax"
        for candidate in candidates(reading, hit, role, read_labelled_id)[:1]:
            found = candidate.found
            proved = tax_ids.proved_by_label(found.text) is not None
            if proved or role == "tax_id":
                items.setdefault(
                    (found.row.index, found.start), PrintedId(found, proved, role == "tax_id", _named(hit))
                )
    for found in reading.all("tax_id"):
        if not _is_registry(reading, found):
            named = _named_in(found.row, found.start)
            items.setdefault((found.row.index, found.start), PrintedId(found, proved=True, labelled=False, named=named))
    return [items[key] for key in sorted(items)]


def read_labelled_id(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
    known = [item for item in reading.in_row(row, "tax_id") if start <= item.start < end]
    if known:
        return known
    position = start
    while position < min(end, start + 2) and not any(map(str.isdigit, row.tokens[position].text)):
        position += 1
    cell_end = min(row.cell_at(position)[1], end) if position < end else end
    joined: list[Found] = []
    for last in range(position + 1, min(position + 6, cell_end) + 1):
        text = row.text(position, last)
        if tax_ids.plausible(text):
            found = Found(row, position, last, "tax_id", tax_ids.shown(text.replace(" ", "")))
            if tax_ids.proved_by_label(text):
                return [found]
            joined.append(found)
    return joined[:1]


def _is_registry(reading: Reading, found: Found) -> bool:
    """Whether a register's label (EORI, company number) stands right before it."""
    hits = reading.hits.get(found.row.index, ())
    return any("registry" in hit.roles and hit.end == found.start for hit in hits)


def _named_in(row: Row, position: int) -> Role | None:
    """The party that the words before an id name."""
    near = {token.norm for token in row.tokens[max(0, position - 4) : position]}
    return next((role for role in ROLE_WORDS if words(role) & near), None)


def _named(hit: Hit) -> Role | None:
    start, end = hit.row.cell_at(hit.start)
    near = {token.norm for token in hit.row.tokens[max(start, hit.start - 2) : min(end, hit.end + 2)]}
    return next((role for role in ROLE_WORDS if words(role) & near), None)


def _claims(ids: list[PrintedId], sellers: Sequence[Party], buyers: Sequence[Party]) -> Claims:
    claims: Claims = {"seller": [], "buyer": []}
    free: list[PrintedId] = []
    for item in ids:
        in_buyer = any(party.holds(item.found) for party in buyers)
        in_seller = any(party.holds(item.found) for party in sellers)
        if item.named or in_buyer != in_seller:
            claims[item.named or ("buyer" if in_buyer else "seller")].append((item, 0.85 if item.named else 0.8))
        else:
            free.append(item)
    _share(free, claims)
    return claims


def _share(free: list[PrintedId], claims: Claims) -> None:
    """Ids outside both blocks: the first new one is the seller's, the next the buyer's."""
    known = {item.key: role for role, found in claims.items() for item, _ in found}
    for item in sorted(free, key=lambda item: not item.proved):
        role = (
            known.get(item.key)
            or _beside_known(item, claims)
            or next((role for role in ("seller", "buyer") if not claims[role]), None)
        )
        if role:
            claims[role].append((item, 0.6 if role == "seller" else 0.45))
            known[item.key] = role


def _beside_known(item: PrintedId, claims: Claims) -> Role | None:
    """The party whose other id stands next to this one."""
    box, row = item.found.box, item.found.row
    for role, found in claims.items():
        for other, _ in found:
            near = other.found.row.page == row.page and abs(other.found.row.y0 - row.y0) < 3 * row.height
            if near and min(box[2], other.found.box[2]) > max(box[0], other.found.box[0]) - 20:
                return role
    return None


def _id_value(found: list[tuple[PrintedId, float]], party: float) -> Value:
    """One party's id: as sure as its digits, its label and the party it stands with."""
    item, share = max(found, key=lambda pair: (pair[0].proved, pair[1], pair[0].labelled))
    rivals = [other for other, _ in found if other.key != item.key and other.proved]
    sure = evidence(share, 0.6 if item.proved else 0.0, 0.3 if item.labelled else 0.0) * (0.8 if rivals else 1.0)
    sure *= 1.0 if item.named else 0.7 + 0.3 * min(party / 0.85, 1.0)
    method = "check digits agree" if item.proved else "by its label, check digits do not agree"
    return value_of(item.found.value, [item.found], sure if item.proved else min(sure, 0.7), method)
