"""Tables of a page, from the geometry of its lines: rows whose cells stand in the same three or more columns."""

from itertools import pairwise

from docchain.features.documents.parsing.lines import Line, bounds, segments
from docchain.features.documents.parsing.model import Table

MIN_COLUMNS = 3
MIN_ROWS = 2
ROW_GAP = 1.5

Span = tuple[int, int]
Strip = tuple[float, float]


def find(lines: list[Line]) -> list[tuple[Span, Table]]:
    """Tables and the range of lines each takes."""
    found = []
    pending = _runs(lines)[::-1]
    while pending:
        start, end = _trimmed(lines, *pending.pop())
        columns = _columns(lines[start:end])
        if len(columns) < MIN_COLUMNS:
            continue
        stranger = next((at for at in range(start, end) if not _fits(lines[at], columns)), None)
        if stranger is None:
            found.append(((start, end), _table(lines[start:end], columns)))
        else:
            pending += [(stranger + 1, end), (start, stranger)]
    return found


def _runs(lines: list[Line]) -> list[Span]:
    """Ranges of lines that follow each other closely."""
    breaks = [at for at in range(1, len(lines)) if not _follows(lines[at - 1], lines[at])]
    return list(pairwise([0, *breaks, len(lines)]))


def _follows(above: Line, below: Line) -> bool:
    one, other = bounds(above), bounds(below)
    tall = min(one[3] - one[1], other[3] - other[1])
    return -tall < other[1] - one[3] < ROW_GAP * tall


def _trimmed(lines: list[Line], start: int, end: int) -> Span:
    """Without lines of a single cell at the ends."""
    while start < end and len(segments(lines[start])) == 1:
        start += 1
    while start < end and len(segments(lines[end - 1])) == 1:
        end -= 1
    return start, end


def _columns(lines: list[Line]) -> list[Strip]:
    """Strips of the page that the cells of the fuller rows cover, apart from each other."""
    rows = [[_strip(part) for part in segments(line)] for line in lines]
    full = [row for row in rows if len(row) >= MIN_COLUMNS]
    if len(full) < MIN_ROWS:
        return []
    ordered = sorted(strip for row in full for strip in row)
    columns = [ordered[0]]
    for left, right in ordered[1:]:
        last = columns[-1]
        if left <= last[1]:
            columns[-1] = (last[0], max(last[1], right))
        else:
            columns.append((left, right))
    return columns


def _fits(line: Line, columns: list[Strip]) -> bool:
    """Each cell touches one column, or lies between two."""
    return all(len(_touched(_strip(part), columns)) <= 1 for part in segments(line))


def _table(lines: list[Line], columns: list[Strip]) -> Table:
    rows = []
    for line in lines:
        cells: list[Line] = [[] for _ in columns]
        for part in segments(line):
            cells[_nearest(_strip(part), columns)] += part
        rows.append([" ".join(word.text for word in words) for words in cells])
    return Table(bounds(word for line in lines for word in line), rows)


def _strip(words: Line) -> Strip:
    return words[0].box[0], max(word.box[2] for word in words)


def _touched(strip: Strip, columns: list[Strip]) -> list[int]:
    return [at for at, (left, right) in enumerate(columns) if left < strip[1] and strip[0] < right]


def _nearest(strip: Strip, columns: list[Strip]) -> int:
    middle = sum(strip) / 2
    touched = _touched(strip, columns) or range(len(columns))
    return min(touched, key=lambda at: abs(sum(columns[at]) / 2 - middle))
