"""Why a request about look-up tables is refused."""

from docchain.platform.errors import Invalid, NotFound, TooLarge


class TableNotFound(NotFound):
    code = "table_not_found"
    title = "There is no such table"


class NoSuchColumn(Invalid):
    code = "table_column_unknown"
    title = "The table has no such column"


class BadTable(Invalid):
    code = "bad_table"
    title = "The file is no table"


class TableTooLarge(TooLarge):
    code = "table_too_large"
    title = "The table is larger than allowed"
