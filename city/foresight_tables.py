"""Say what is foreseen as tables: one form of each, for the page and for a spreadsheet alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from city.foreseeing import Foresight, TicketRow, WorkRow
from city.plan_comparison import FATE
from city.spreadsheets import Cell, Sheet, xlsx_bytes
from city.words import Words
from domain.grids import CITY
from domain.plans.foresight import NOWHERE, GridFate
from domain.said import Said, said
from domain.titles import STATE

PERIOD = said(
    "Tickets raised in the last 365 days, by where their points lie. Overdue: handled late, or overdue now. Per head: for each head of a smallest grid in it."
)
"""What the workload counts."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A grid, street or office in a cell: what people call it, and its code."""

    code: str
    name: str


NAMED, MORE = 8, " …"
"""So many names stand in a line."""

TableCell = Cell | Unit | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table under its name in the address; the cells of a column are all of one kind, or None."""

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    about: str = ""


def summary_of(foresight: Foresight, say: Words) -> str:
    """The whole in one line; households are left out where the city has none."""
    figures: dict[str, object] = {
        "grids": f"{foresight.changed:,}",
        "households": f"{foresight.comparison.households:,}",
        "compounds": f"{len(foresight.comparison.compounds):,}",
        "tickets": f"{foresight.tickets:,}",
        "heads": f"{len(foresight.staffing.moves):,}",
    }
    if not foresight.has_households:
        return say("Grids that change: {grids}. In other hands: compounds {compounds}, open tickets {tickets}. Heads affected: {heads}.", **figures)  # fmt: skip
    return say("Grids that change: {grids}. In other hands: households {households}, compounds {compounds}, open tickets {tickets}. Heads affected: {heads}.", **figures)  # fmt: skip


def remarks_of(foresight: Foresight, say: Words) -> list[str]:
    """What a planner must see to, or should know, beside the figures."""
    staff = foresight.staffing

    def listed(names: Iterable[str]) -> dict[str, object]:
        found = list(names)
        return {
            "n": f"{len(found):,}",
            "names": _row(list(dict.fromkeys(found))[:NAMED], say) + MORE * (len(found) > NAMED),
        }

    vacant, doubled = (
        [foresight.name(code, say) for code in codes] for codes in (staff.vacant, staff.doubled)
    )
    idle, twice = ([term.name for term in terms] for terms in (staff.idle, staff.twice))
    found = [
        (foresight.recoded, say("Grids that only get another code or name: {n}; nobody changes hands by that.", n=foresight.recoded)),
        (vacant, say("Grids left without a head ({n}): {names}", **listed(vacant))),
        (idle, say("Heads left without a grid ({n}): {names}", **listed(idle))),
        (doubled, say("Grids with more than one head ({n}): {names}", **listed(doubled))),
        (twice, say("Heads of more than one grid ({n}): {names}", **listed(dict.fromkeys(twice)))),
    ]  # fmt: skip
    return [words for there, words in found if there]


def tables_of(foresight: Foresight, say: Words, *, all_work: bool = False) -> list[Table]:
    """Every table that has rows, and the workload: of the grids where it changes, or of all."""
    made = [of(foresight, say) for of in (_grids, _moves, _compounds, _hands, _tickets, _heads, _links)]
    return [*(table for table in made if table.rows), _work(foresight, say, all_work)]


def foresight_bytes(foresight: Foresight, say: Words) -> bytes:
    """A workbook with everything that a person may know of it."""
    lines: list[Sequence[Cell]] = [
        [say("{plan} against {base}", plan=foresight.plan, base=foresight.against)],
        [summary_of(foresight, say)],
        *([line] for line in remarks_of(foresight, say)),
        [say.of(PERIOD)],
    ]
    tables = tables_of(foresight, say, all_work=True)
    return xlsx_bytes([Sheet(say("Summary"), lines), *(_sheet(table, say) for table in tables)])


# --- the tables -----------------------------------------------------------------------------------------


def _unit(foresight: Foresight, code: str, say: Words) -> Unit:
    return Unit("" if code in (NOWHERE, CITY) else code, foresight.name(code, say))


def _row(names: Iterable[str], say: Words) -> str:
    """Names in a row, as the person's language separates them."""
    return say.pick("、", ", ").join(names)


def _people(foresight: Foresight, *households: int) -> tuple[int | None, ...]:
    """Households as they are shown: none at all in a city without household data."""
    return households if foresight.has_households else (None,) * len(households)


def _grids(foresight: Foresight, say: Words) -> Table:
    def row(grid: GridFate) -> tuple[TableCell, ...]:
        before, after = grid.before, grid.after
        other_code = before.code if before and after and before.code != after.code else ""
        kin = _row((foresight.name(code, say) for code in grid.kin), say)
        parents = [
            foresight.name(each.parent, say) if each and each.parent else "" for each in (before, after)
        ]
        numbers = _people(
            foresight, grid.households_before, grid.households_after, grid.came, grid.left
        )  # fmt: skip
        return (
            int(grid.level), say.of(FATE[grid.fate]), Unit(grid.code, grid.name), other_code, *parents, kin, *numbers
        )  # fmt: skip

    header = (
        say("Level"), say("What becomes of it"), say("Grid"), say("Code before"), say("Parent before"),
        say("Parent after"), say("Ground from or to"), say("Households before"), say("Households after"),
        say("Households that come"), say("Households that leave"),
    )  # fmt: skip
    return Table("grids", say("Grids"), header, tuple(row(grid) for grid in foresight.comparison.grids))


def _moves(foresight: Foresight, say: Words) -> Table:
    header = (
        say("Level"), say("Grid before"), say("Grid after"), say("Households"), say("Buildings"), say("Compounds touched"),
        say("Open tickets"),
    )  # fmt: skip
    rows = tuple(
        (
            int(flow.level), _unit(foresight, flow.source, say), _unit(foresight, flow.target, say),
            *_people(foresight, flow.households), flow.buildings, _row((foresight.compounds.get(code, code) for code in sorted(flow.compounds)), say),
            foresight.tickets_of.get((flow.level, flow.source, flow.target), 0),
        )
        for flow in foresight.comparison.flows
    )  # fmt: skip
    about = say(
        "Who passes from grid to grid on each level. Open tickets lie there, whoever answers for them."
    )
    return Table("moves", say("What moves"), header, rows, about)


def _compounds(foresight: Foresight, say: Words) -> Table:
    def called(codes: Iterable[str]) -> str:
        return _row((foresight.name(code, say) for code in codes), say)

    header = (say("Compound"), say("Grid before"), say("Grid after"), say("Households"))
    rows = tuple(
        (
            Unit(move.compound, foresight.compounds.get(move.compound, move.compound)),
            called(move.before), called(move.after), *_people(foresight, move.households),
        )
        for move in foresight.comparison.compounds
    )  # fmt: skip
    return Table("compounds", say("Compounds"), header, rows)


def _hands(foresight: Foresight, say: Words) -> Table:
    header = (say("Held by, before"), say("Held by, after"), say("Open tickets"))
    rows = tuple(
        (_unit(foresight, row.source, say), _unit(foresight, row.target, say), row.tickets)
        for row in foresight.hands
    )
    return Table("hands", say("Tickets by holder"), header, rows)


def _tickets(foresight: Foresight, say: Words) -> Table:
    def row(each: TicketRow) -> tuple[TableCell, ...]:
        units = (each.holder_before, each.holder_after, each.grid_before, each.grid_after)
        facts = (each.no, say.pick(each.zh, each.en), say.of(STATE[each.state]))
        return (*facts, *(_unit(foresight, code, say) for code in units))

    header = (
        say("Ticket"), say("Category"), say("State"), say("Held by, before"), say("Held by, after"),
        say("Grid before"), say("Grid after"),
    )  # fmt: skip
    return Table("tickets", say("Tickets"), header, tuple(row(each) for each in foresight.listed))


def _heads(foresight: Foresight, say: Words) -> Table:
    header = (
        say("Head"), say("Grid before"), say("Grid after"), say("Households before"), say("Households after"),
        say("Households that come"), say("Households that leave"), say("Open tickets that come"),
        say("Open tickets that leave"),
    )  # fmt: skip
    rows = tuple(
        (
            move.term.name, _unit(foresight, move.term.grid, say),
            _unit(foresight, move.after, say) if move.after else Unit("", say("none")),
            *_people(foresight, move.households_before, move.households_after, move.came, move.left),
            move.tickets_came, move.tickets_left,
        )
        for move in foresight.staffing.moves
    )  # fmt: skip
    return Table("heads", say("Heads"), header, rows)


def _links(foresight: Foresight, say: Words) -> Table:
    header = (
        say("Department"), say("Community before"), say("Community after"), say("What becomes of it"),
        say("Households before"), say("Households after"),
    )  # fmt: skip
    rows = tuple(
        (
            say.pick(row.zh, row.en), _unit(foresight, row.before, say),
            _unit(foresight, row.after, say),
            say.of(FATE[row.fate]), *_people(foresight, row.households_before, row.households_after),
        )
        for row in foresight.links
    )  # fmt: skip
    about = say("Departments whose linked community is gone, has another code, or other ground.")
    return Table("links", say("Departments"), header, rows, about)


COLUMNS: Mapping[str, tuple[Said, Said]] = {
    "count": (said("Tickets before"), said("Tickets after")),
    "overdue": (said("Overdue before"), said("Overdue after")),
    "per_100": (said("Per 100 households, before"), said("Per 100 households, after")),
    "per_head": (said("Per head, before"), said("Per head, after")),
}
"""The figures of the workload, before and after."""


def _work(foresight: Foresight, say: Words, all_grids: bool) -> Table:
    titles = [say.of(each) for pair in COLUMNS.values() for each in pair]
    header = (say("Level"), say("Grid"), *titles[:2], say("Change (%)"), *titles[2:])
    rows = tuple(
        (int(row.level), _unit(foresight, row.code, say), *_figures(row))
        for row in foresight.work
        if all_grids or row.differs
    )
    return Table("work", say("Workload"), header, rows, say.of(PERIOD))


def _figures(row: WorkRow) -> tuple[TableCell, ...]:
    before, after = row.work_before, row.work_after
    return (
        before.count if before else None, after.count if after else None, _decimal(row.change),
        before.overdue if before else None, after.overdue if after else None,
        _ratio(100 * before.count if before else None, row.households_before),
        _ratio(100 * after.count if after else None, row.households_after),
        _ratio(before.count if before else None, row.heads_before),
        _ratio(after.count if after else None, row.heads_after),
    )  # fmt: skip


def _ratio(part: int | None, whole: int | None) -> Decimal | None:
    return round(Decimal(part) / whole, 1) if part is not None and whole else None


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else round(Decimal(value), 1)


# --- for a spreadsheet ----------------------------------------------------------------------------------


def _sheet(table: Table, say: Words) -> Sheet:
    """The table with a column of its own for each code."""
    coded = {n for n in range(len(table.header)) if any(isinstance(row[n], Unit) for row in table.rows)}
    header = [
        title
        for n, name in enumerate(table.header)
        for title in ((say("{column} (code)", column=name), name) if n in coded else (name,))
    ]
    return Sheet(table.title, [header, *([c for cell in row for c in _cells(cell)] for row in table.rows)])


def _cells(cell: TableCell) -> tuple[Cell, ...]:
    if isinstance(cell, Unit):
        return cell.code, cell.name
    return ("",) if cell is None else (cell,)
