"""An office's suppliers and orders: uploaded, found again however people write them."""

import csv
import io
import time

import pytest
import xlsxwriter

from docchain.engine.kinds import StepError
from docchain.features.documents import Children
from docchain.features.documents.lookups.errors import NoSuchColumn, TableNotFound
from docchain.features.documents.lookups.loading import load_table
from docchain.features.documents.lookups.schemas import LookupRequest
from docchain.features.documents.lookups.service import LookupService
from docchain.features.documents.lookups.tables import LookupTableRow
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import DataSettings
from docchain.platform.work import SYSTEM, Actor

SUPPLIERS = """NIF;Nombre;Límite;Alta;Código
B31227705;Jardines del Manzanares, S.L.;1.500,50;03/02/2020;0042
A58818501;Fontanería Núñez e Hijos, S.A.;800,00;15/11/2021;0043
12345678Z;Lucía Ferrer Olmo;2.000,00;01/01/2024;0044
""".encode("cp1252")


@pytest.fixture
async def house(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/app.db")
    await database.write(lambda work: LookupTableRow.metadata.create_all(work.session.connection()), SYSTEM)
    pool = ProcessPool(1)
    yield House(database, Children(pool, 60.0))
    await pool.close()
    await database.close()


class House:
    def __init__(self, database, children):
        self.database, self.children = database, children
        self.actor, self.other = Actor(None, "ana", new_id()), Actor(None, "eve", new_id())

    async def load(self, name, data, limits=None, locale="auto", **types):
        async def content():
            yield data

        async def write(transaction):
            return await self.database.write(transaction, self.actor)

        return await load_table(write, self.children, limits or DataSettings(), (name, types), content(), locale)

    async def find(self, value, column="nombre", table="suppliers", actor=None, **asked):
        wanted = LookupRequest(column=column, value=value, **asked)
        return await self.database.read(lambda work: LookupService(work).look_up(table, wanted), actor or self.actor)


async def test_columns_are_typed_as_a_person_would(house):
    loaded = await house.load("suppliers", SUPPLIERS)

    assert [(column.name, column.type) for column in loaded.columns] == [
        ("nif", "tax_id"),
        ("nombre", "text"),
        ("límite", "number"),
        ("alta", "date"),
        ("código", "text"),
    ]
    assert (loaded.rows, loaded.version) == (3, 1)
    rows = await house.database.read(lambda work: LookupService(work).rows("suppliers", 1, 1), house.actor)
    assert rows.items == [
        {
            "nif": "B31227705",
            "nombre": "Jardines del Manzanares, S.L.",
            "límite": "1500.50",
            "alta": "2020-02-03",
            "código": "0042",
        }
    ]
    assert rows.next_row == 2


@pytest.mark.parametrize(
    ("value", "asked", "how", "score"),
    [
        ("B31227705", {"column": "nif"}, "exact", 1.0),
        ("ES-B31227705", {"column": "nif"}, "normalised", 1.0),
        ("b 31.227.705", {"column": "nif"}, "normalised", 1.0),
        ("JARDINES DEL MANZANARES SL", {}, "normalised", 1.0),
        ("Fontaneria Nunez e Hijos", {}, "normalised", 1.0),
        ("Ferrer Olmo, Lucía", {}, "nearest", 0.98),
    ],
)
async def test_the_same_however_it_is_written(house, value, asked, how, score):
    await house.load("suppliers", SUPPLIERS)

    found = await house.find(value, **asked)

    assert (found.found, found.how, found.score, found.ambiguous) == (True, how, score, False)


async def test_the_nearest_says_how_near(house):
    await house.load("suppliers", SUPPLIERS)

    near = await house.find("Jardines de Manzanres")
    far = await house.find("Jardines Colgantes de Babilonia, S.A.")

    assert near.row["nif"] == "B31227705"
    assert 0.8 <= near.score < 1
    assert (far.found, far.row) == (False, None)
    assert far.candidates[0].row["nombre"] == "Jardines del Manzanares, S.L."
    assert not (await house.find("Jardines de Manzanres", match="normalised")).found
    assert not (await house.find("  ")).found


async def test_two_that_fit_are_ambiguous_until_something_else_tells_them_apart(house):
    await house.load("suppliers", b"pedido,nif\nPED-1,B31227705\nPED-1,A58818501\n")

    both = await house.find("ped-1", "pedido")
    one = await house.find("ped-1", "pedido", where={"nif": "ESA58818501"})

    assert (both.found, both.ambiguous, len(both.candidates)) == (True, True, 2)
    assert (one.ambiguous, one.row["nif"]) == (False, "A58818501")


async def test_a_new_upload_is_a_new_version_and_old_ones_can_be_asked(house):
    await house.load("suppliers", SUPPLIERS)
    for number in range(2, 8):
        loaded = await house.load("suppliers", f"nombre\nVersión {number}\n".encode())

    assert (loaded.version, loaded.versions) == (7, [7, 6, 5, 4, 3])
    assert (await house.find("Versión 4", version=4, match="exact")).found
    assert not (await house.find("Versión 4", match="exact")).found
    with pytest.raises(TableNotFound, match="has no version 1 any more; there are 7, 6, 5, 4, 3"):
        await house.find("x", version=1)


async def test_xlsx_with_real_dates_and_numbers(house, tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Pedido", "Importe"])
    sheet.write_row(1, 0, ["PED-2026-041", 572])
    sheet.write_row(2, 0, ["PED-2026-042", 12.5])
    book.close()

    loaded = await house.load("orders", (tmp_path / "a.xlsx").read_bytes())
    found = await house.find("PED 2026 041", "pedido", "orders")

    assert [column.type for column in loaded.columns] == ["text", "number"]
    assert found.row == {"pedido": "PED-2026-041", "importe": "572"}


async def test_nobody_sees_the_tables_of_others(house):
    await house.load("suppliers", SUPPLIERS)

    with pytest.raises(TableNotFound):
        await house.find("B31227705", "nif", actor=house.other)
    assert (await house.database.read(lambda work: LookupService(work).list(), house.other)).items == []


@pytest.mark.parametrize(
    ("data", "types", "message"),
    [
        (b"", {}, "no table; send CSV or XLSX"),
        (b"\x00\x01", {}, "no table; send CSV or XLSX"),
        (b"PK\x03\x04broken", {}, "not a readable XLSX table"),
        (b"a,b\n1,2\n", {"c": "text"}, "has no column c; it has a, b"),
        (b"a\nx\n", {"a": "number"}, "The column a is not number throughout"),
        (b"a\n1\n2\n3\n4\n", {}, "more than 3 rows"),
        (b"a,b,c\n", {}, "3 columns; up to 2"),
    ],
)
async def test_what_is_no_table_says_why(house, data, types, message):
    with pytest.raises(StepError, match=message):
        await house.load("bad", data, DataSettings(table_rows=3, table_columns=2), **types)
    with pytest.raises(TableNotFound):
        await house.find("x", table="bad")


async def test_an_unknown_column_says_which_there_are(house):
    await house.load("suppliers", SUPPLIERS)

    with pytest.raises(NoSuchColumn, match="has no column cif; it has nif, nombre"):
        await house.find("x", "cif")


async def test_a_large_table_is_found_in_at_once(house):
    file = io.StringIO()
    csv.writer(file).writerows(
        [["nif", "nombre"], *([f"B{n:08}", f"Proveedor {n} Ibérica, S.L."] for n in range(10_000))]
    )
    await house.load("suppliers", file.getvalue().encode())

    began = time.monotonic()
    assert (await house.find("ESB00007777", "nif")).row["nombre"] == "Proveedor 7777 Ibérica, S.L."
    assert (await house.find("PROVEEDOR 7777 IBERICA")).how == "normalised"
    assert time.monotonic() - began < 2


ORDERS = b"""order;total
P-1;1.234
P-2;12.500
P-3;7
"""


async def test_spanish_numbers_are_read_and_found_as_they_are_written(house):
    loaded = await house.load("orders", ORDERS, locale="es")
    assert (loaded.locale, loaded.columns[1].type) == ("es", "number")
    for written in ("1.234", "1.234,00", "1234", "1234.00"):
        found = await house.find(written, "total", "orders")
        assert (found.how, found.row) == (
            "exact" if written in ("1.234", "1234") else "normalised",
            {"order": "P-1", "total": "1234"},
        )
    assert (await house.find("P-2", "order", "orders", where={"total": "12.500,0"})).row["total"] == "12500"


async def test_a_column_that_is_spanish_throughout_says_so_for_what_is_looked_for(house):
    loaded = await house.load("suppliers", SUPPLIERS)
    assert loaded.locale == "es"
    for written in ("1.500,50", "1500,5", "1500.50"):
        assert (await house.find(written, "límite")).row["nombre"] == "Jardines del Manzanares, S.L."
    assert (await house.find("2.000", "límite")).row["nombre"] == "Lucía Ferrer Olmo"


async def test_numbers_that_are_no_spanish_ones_stay_what_they_were(house):
    loaded = await house.load("orders", ORDERS, locale="raw")
    assert (loaded.locale, loaded.columns[1].type) == ("raw", "number")
    assert (await house.find("1,234", "total", "orders")).row["order"] == "P-1"
    assert (await house.find("1234", "total", "orders", match="normalised")).found is False
    with pytest.raises(StepError, match="is not number throughout"):
        await house.load("prices", b"order;total\nP-1;12.50\nP-2;1.5\n", locale="es", total="number")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"PK\x07\x08 no workbook \x01\x02", "is no table; send CSV or XLSX"),
        (b"this was to be a workbook", "has no rows"),
        (b"a;b\n1;2\n3;4;5\n\n6;7;8\n", "has cells under no column name in 2 rows: 3, 5."),
        (b"a;;c\n1;2;3\n", "has cells under no column name in 1 rows: 2."),
        (b'a;b\n1;2\n3;"four\n5;6\n', "in row 3: a quotation mark is open"),
    ],
)
async def test_what_would_be_lost_silently_is_refused_with_its_rows(house, data, told):
    with pytest.raises(StepError) as refused:
        await house.load("e", data)

    assert told in str(refused.value)


async def test_a_column_that_is_empty_throughout_needs_no_name(house):
    loaded = await house.load("e", b'a;;c;\n1;;"say ""hi""";\n')

    assert [column.name for column in loaded.columns] == ["a", "column_2", "c"]
