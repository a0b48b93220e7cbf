"""How numbers, dates and names of columns are written for whom; its one rule: amounts stay exact."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

LocaleName = Literal["raw", "en", "es"]
Cell = str | Decimal | date | bool | None
_WORDS: Final = {
    "document": "documento", "name": "nombre", "type": "tipo", "correspondent": "interlocutor", "status": "estado",
    "tags": "etiquetas", "created_at": "creado", "number": "número", "date": "fecha", "due_date": "vencimiento",
    "seller": "emisor", "buyer": "receptor", "seller_tax_id": "NIF emisor", "buyer_tax_id": "NIF receptor",
    "currency": "moneda", "net": "base imponible", "tax": "impuestos", "total": "total", "line": "línea",
    "description": "descripción", "quantity": "cantidad", "unit_price": "precio unitario", "amount": "importe",
}  # fmt: skip


@dataclass(frozen=True)
class Locale:
    """One notation. `raw` is for machines: names, ISO dates and plain numbers."""

    name: LocaleName
    separator: str
    decimal: str
    thousands: str
    day: str
    excel_day: str

    def text(self, cell: Cell) -> str:
        """A cell as text."""
        if cell is None:
            return ""
        if isinstance(cell, bool):
            return self._yes_no(cell)
        if isinstance(cell, Decimal):
            return self.number(cell)
        if isinstance(cell, datetime):
            return cell.strftime(f"{self.day} %H:%M:%S")
        return cell.strftime(self.day) if isinstance(cell, date) else cell

    def number(self, value: Decimal) -> str:
        plain = format(value, f"{',' if self.thousands else ''}f")
        if self.decimal == ".":
            return plain
        return plain.translate(str.maketrans(",.", f"{self.thousands}{self.decimal}"))

    def heading(self, column: str) -> str:
        """A column's name, word by word where it has several parts."""
        if self.name == "raw":
            return column
        base, *parts = map(self._word, column.split("."))
        return f"{base} ({', '.join(parts)})" if parts else base

    def _word(self, name: str) -> str:
        known = _WORDS.get(name, name) if self.name == "es" else name
        return known.replace("_", " ")

    def _yes_no(self, value: bool) -> str:
        if self.name == "es":
            return "sí" if value else "no"
        return str(value).lower()


LOCALES: Final = {
    "raw": Locale("raw", ",", ".", "", "%Y-%m-%d", "yyyy-mm-dd"),
    "en": Locale("en", ",", ".", ",", "%Y-%m-%d", "yyyy-mm-dd"),
    "es": Locale("es", ";", ",", ".", "%d/%m/%Y", "dd/mm/yyyy"),
}
