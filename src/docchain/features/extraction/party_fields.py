"""Names and tax ids given to seller and buyer; its one rule: an id belongs to the block it stands in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docchain.features.extraction import tax_ids
from docchain.features.extraction.confidence import evidence, rivalry
from docchain.features.extraction.geometry import DASHES, Row, fold
from docchain.features.extraction.labels import words
from docchain.features.extraction.neighbours import candidates
from docchain.features.extraction.parties import Party, labelled_parties, seller_by_place
from docchain.features.extraction.reading import Found, Hit, Reading
from docchain.features.extraction.results import Value, value_of

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


def find_parties(reading: Reading) -> dict[str, Value]:
    buyers = labelled_parties(reading, "buyer")
    others = labelled_parties(reading, "ship_to")
    sellers = labelled_parties(reading, "seller")
    by_place = seller_by_place(reading, [*buyers, *others])
    ids = printed_ids(reading)
    values: dict[str, Value] = {}
    buyer = buyers[0] if buyers else None
    seller = _seller(sellers, by_place, ids)
    if buyer is None and seller is not None:
        buyer = _unlabelled_buyer(by_place, seller)
    for party in (seller, buyer):
        if party:
            rivals = [
                other.score
                for other in (sellers or by_place if party.role == "seller" else buyers)
                if _other(other, party)
            ]
            sure = evidence(0.93 * min(party.score, 1.0)) * rivalry(party.score, rivals)
            values[party.role] = value_of(_clean(party.name.text), [party.name], sure, party.method)
    values.update(
        _ids(ids, [*sellers[:1], *([seller] if seller else [])], [*buyers[:2], *([buyer] if buyer else []), *others])
    )
    return values


def _other(other: Party, party: Party) -> bool:
    return fold(other.name.text) != fold(party.name.text)


def _clean(text: str) -> str:
    return text.strip(" ,;:|·" + DASHES)


def _seller(labelled: Sequence[Party], by_place: Sequence[Party], ids: Iterable[PrintedId]) -> Party | None:
    if labelled:
        return labelled[0]
    for party in by_place:
        if any(party.holds(item.found) for item in ids):
            party.score = min(party.score + 0.25, 0.97)
    return max(by_place, key=lambda party: party.score, default=None)


def _unlabelled_buyer(by_place: Sequence[Party], seller: Party) -> Party | None:
    """Without a label, the addressee is the other block at the top of the first page."""
    for party in by_place:
        if _other(party, seller) and party.page == 1 and len(party.block) > 2 and not seller.holds(party.name):  # noqa: PLR2004
            return Party("buyer", party.name, 0.55, "the other address block", party.block)
    return None


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
        items.setdefault((found.row.index, found.start), PrintedId(found, proved=True, labelled=False, named=None))
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


def _named(hit: Hit) -> Role | None:
    near = {token.norm for token in hit.row.tokens[max(0, hit.start - 2) : hit.end]}
    return next((role for role in ROLE_WORDS if words(role) & near), None)


def _ids(ids: list[PrintedId], sellers: Sequence[Party], buyers: Sequence[Party]) -> dict[str, Value]:
    claims: dict[Role, list[tuple[PrintedId, float]]] = {"seller": [], "buyer": []}
    free: list[PrintedId] = []
    for item in ids:
        in_buyer = any(party.holds(item.found) for party in buyers)
        in_seller = any(party.holds(item.found) for party in sellers)
        if item.named or in_buyer != in_seller:
            claims[item.named or ("buyer" if in_buyer else "seller")].append((item, 0.85 if item.named else 0.8))
        else:
            free.append(item)
    _share(free, claims)
    values: dict[str, Value] = {}
    for role, found in claims.items():
        if found:
            values[f"{role}_tax_id"] = _id_value(found)
    return values


def _share(free: list[PrintedId], claims: dict[Role, list[tuple[PrintedId, float]]]) -> None:
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


def _beside_known(item: PrintedId, claims: dict[Role, list[tuple[PrintedId, float]]]) -> Role | None:
    """The party whose other id stands next to this one."""
    box, row = item.found.box, item.found.row
    for role, found in claims.items():
        for other, _ in found:
            near = other.found.row.page == row.page and abs(other.found.row.y0 - row.y0) < 3 * row.height
            if near and min(box[2], other.found.box[2]) > max(box[0], other.found.box[0]) - 20:
                return role
    return None


def _id_value(found: list[tuple[PrintedId, float]]) -> Value:
    item, share = max(found, key=lambda pair: (pair[0].proved, pair[1], pair[0].labelled))
    rivals = [other for other, _ in found if other.key != item.key and other.proved]
    sure = evidence(share, 0.6 if item.proved else 0.0, 0.3 if item.labelled else 0.0) * (0.8 if rivals else 1.0)
    method = "check digits agree" if item.proved else "by its label, check digits do not agree"
    return value_of(item.found.value, [item.found], sure if item.proved else min(sure, 0.7), method)
