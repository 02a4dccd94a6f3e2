"""Keep what a city keeps of itself: departments and their links, leaders, organisations – one way of keeping serves all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, select, update

from domain.frontline.registers import Department, DepartmentLink, Leader, Organisation
from domain.grids import Structure
from storage.schema import metadata

Row = Any
"""A row of some register."""


@dataclass(frozen=True, slots=True)
class Register:
    """How a register is kept. Where it has no mark for what is gone, such a row is deleted; ``more`` gives the columns
    that no table of people has."""

    kind: type[Any]
    key: tuple[str, ...]
    more: Callable[[Row, Structure], Mapping[str, object]] = lambda _row, _structure: {}

    @property
    def table(self) -> Table:
        return metadata.tables[self.kind.LIST]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are columns."""
        return tuple(field.name for field in fields(self.kind) if field.name in self.table.c)


def _kind_of_organisation(row: Organisation, structure: Structure) -> Mapping[str, object]:
    return {"kind": structure.grids[row.grid].level.name.lower()}


REGISTERS: Mapping[type[Any], Register] = {
    register.kind: register
    for register in (
        Register(Department, ("code",)),
        Register(DepartmentLink, ("department",)),
        Register(Leader, ("name", "community")),
        Register(Organisation, ("grid",), _kind_of_organisation),
    )
}


def rows_of(connection: Connection, kind: type[Any]) -> list[Row]:
    """Every row of a register, by its key."""
    register = REGISTERS[kind]
    table = register.table
    wanted = select(*(table.c[name] for name in register.fields)).order_by(
        *(table.c[k] for k in register.key)
    )
    return [kind(**row) for row in connection.execute(wanted).mappings()]


def keep_row(connection: Connection, row: Row, structure: Structure) -> None:
    """Keep a row, instead of the one with its key; one that is gone is marked as that, or deleted."""
    register = REGISTERS[type(row)]
    table, same = register.table, _same(register, row)
    if getattr(row, "gone", False) and "gone" not in register.fields:
        connection.execute(delete(table).where(same))
        return
    told = {name: getattr(row, name) for name in register.fields} | dict(register.more(row, structure))
    if not connection.execute(update(table).where(same).values(told)).rowcount:
        connection.execute(insert(table).values(told))


def _same(register: Register, row: Row) -> ColumnElement[bool]:
    return and_(*(register.table.c[name] == getattr(row, name) for name in register.key))
