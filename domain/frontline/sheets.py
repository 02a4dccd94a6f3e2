"""How a list looks as a table that people exchange: its columns, and which of them name a row.

A sheet is data: the same columns write a list to a file, read it back, and head it on a page. What stands in a cell is
text in people's words; reading says with one sentence what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from domain.grids import CITY
from domain.said import BadInput, Said, said
from domain.tickets import without_commands


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field, its heading, how its text is read; ``needed`` cells must not be empty.

    ``among`` are the values of a column that holds one of a few, with their titles: in a table stand the titles.
    """

    field: str
    title: Said
    read: Callable[[str], Any] | None = None
    needed: bool = False
    among: Mapping[Any, Said] | None = None
    write: Callable[[Any], Any] | None = None
    """How its value stands in a cell, where that is not the value itself."""


class Keeping(StrEnum):
    """How the rows of a list are kept."""

    LIST = "list"
    """A row with the key of another changes it."""
    BOOK = "book"
    """A line is checked against those before it, and never rewritten; two lines may say the same."""
    REGISTER = "register"
    """What the city keeps of itself; a row takes the place of the one with its key."""


class Kind(Protocol):
    """A class whose values are rows of one list."""

    LIST: ClassVar[str]


K = TypeVar("K", bound=Kind)


@dataclass(frozen=True, slots=True)
class Sheet(Generic[K]):
    """The table of one list. Rows with the same ``key`` are one row: bringing a file in again changes nothing."""

    kind: type[K]
    title: Said
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    place: str | None = "grid"
    """The field that holds the unit which a row belongs to; None where all of them are the city's."""
    keeping: Keeping = Keeping.LIST
    beside: tuple[Column, ...] = ()
    """Columns of what lies beside a row, such as a name: for those alone who may know it."""
    picture: Column | None = None
    """The column that names a row's picture, by its path beside the table; it comes in and does not go out."""

    @property
    def name(self) -> str:
        return self.kind.LIST

    def place_of(self, row: K) -> str:
        """The unit that a row belongs to."""
        return (getattr(row, self.place) if self.place else None) or CITY


def as_cell(value: Any) -> str | int | Decimal:
    """Whole numbers as numbers, everything else as the text that it is read from; nothing is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple | frozenset):
        return ";".join(str(each) for each in value)
    return str(value)


# --- reading a cell: its text is never empty ----------------------------------------------------------------------


def words(most: int) -> Callable[[str], str]:
    """Words of at most so many characters, without anything that a terminal or a table would take as a command."""

    def read(text: str) -> str:
        found = without_commands(text).strip()
        if len(found) > most:
            raise BadInput(said("has more than {n} characters", n=most))
        return found

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number between two others."""

    def read(text: str) -> int:
        try:
            found = int(text.replace(",", "").removesuffix(".0"))
        except ValueError as error:
            raise BadInput(said("{value} is no whole number", value=text[:40])) from error
        if not least <= found <= most:
            raise BadInput(
                said("{value} is not between {least} and {most}", value=found, least=least, most=most)
            )
        return found

    return read


def several(most: int) -> Callable[[str], tuple[str, ...]]:
    """Words with a semicolon between them, so many at most."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(part.strip() for part in text.replace("；", ";").split(";") if part.strip())
        if len(found) > most:
            raise BadInput(said("has more than {n} entries", n=most))
        return found

    return read


def yuan_of(fen: int) -> Decimal:
    """An amount in fen as yuan."""
    return Decimal(fen) / 100


def fen(text: str) -> int:
    """An amount in yuan, in fen."""
    try:
        found = Decimal(text.replace(",", "").replace("，", "").strip().lstrip("¥￥"))
        amount = found * 100
        if not found.is_finite() or amount != int(amount) or abs(amount) > MOST_FEN:
            raise ValueError(text)
    except (ArithmeticError, ValueError) as error:
        raise BadInput(said("{value} is no amount in yuan such as 1200.50", value=text[:40])) from error
    return int(amount)


MOST_FEN = 1_000_000_000
"""Of one line: ten million yuan."""


def moment(text: str) -> datetime:
    """A moment, as 2026-11-26 14:30; without a zone it is a time of the city's own clock."""
    plain = text.strip().replace("/", "-").replace("年", "-").replace("月", "-").replace("日", " ")
    try:
        return datetime.fromisoformat(plain)
    except ValueError as error:
        raise BadInput(said("{value} is no moment such as 2026-11-26 14:30", value=text[:40])) from error


def number(text: str) -> float:
    """A number."""
    try:
        found = float(text.replace(",", ""))
    except ValueError as error:
        raise BadInput(said("{value} is no number", value=text[:40])) from error
    if found != found or abs(found) == float("inf"):
        raise BadInput(said("{value} is no number", value=text[:40]))
    return found


def day(text: str) -> date:
    """A day, as 2026-11-26, 2026/11/26 or 2026年11月26日, with or without a time behind it."""
    plain = text.replace("年", "-").replace("月", "-").replace("日", " ").replace("/", "-").replace(".", "-")
    try:
        year, month, rest = plain.split("-", 2)
        return date(int(year), int(month), int(rest.strip().split(" ")[0].split("T")[0]))
    except ValueError as error:
        raise BadInput(said("{value} is no day such as 2026-11-26", value=text[:40])) from error


def yes(text: str) -> bool:
    """Yes or no."""
    known = {
        "1": True,
        "是": True,
        "yes": True,
        "true": True,
        "0": False,
        "否": False,
        "no": False,
        "false": False,
    }
    found = known.get(text.strip().casefold())
    if found is None:
        raise BadInput(said("{value} is neither yes nor no", value=text[:40]))
    return found
