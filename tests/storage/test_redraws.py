"""What a redraw promises, on SQLite and on PostgreSQL alike: whatever is drawn, nobody's work is lost or counted twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, update

from domain.actions.into_force import Effect, put_in_force, rehome_the_rest
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.events import Event, breaks, plan_stream, ticket_stream
from domain.grids import CITY, Grid, Level, Located, Structure
from domain.indicators import LEVEL_OF, Grouping, Tally, total
from domain.moves import Given
from domain.place import LngLat
from domain.plans.drafts import Draft
from domain.plans.redraw_day import PlanContent, Redraw, changed_codes, kin_of
from domain.tickets import State, Ticket, Words
from domain.timeline import running
from storage import lists, redraws
from storage.counts import Area
from storage.database import Database
from storage.heads import Term, hand_over
from storage.indicators import tallies
from storage.schema import (
    accounts,
    assignments,
    crosswalk,
    events,
    facts,
    grids,
    heads,
    inbox,
    meeting_matters,
    meetings,
    notes,
    organisations,
    plans,
    saved_views,
    sweeps,
    ticket_words,
    tickets,
    walls,
)
from storage.store import TicketStore
from tests.domain.build import COMMUNITY, MEMBER, MONDAY, RULES

UNITS = [f"u{n}" for n in range(12)]
LATER = MONDAY + timedelta(days=2)
USED = (
    crosswalk, inbox, notes, meeting_matters, meetings, events, ticket_words, tickets, sweeps, heads, organisations,
    saved_views, accounts, walls, assignments, grids, plans, facts,
)  # fmt: skip


def place(unit: str) -> LngLat:
    """The point of a unit: they lie in a row, one a degree."""
    return LngLat(float(unit[1:]), 1.0)


def located_in(draft: Draft, unit: str) -> Located:
    leaf = draft.home[unit]
    return Located(*(draft.above(leaf, level) for level in Level))


def draw(before: PlanContent | None, after: PlanContent) -> Redraw:
    """The redraw between two plans of units in a row."""
    old = before.draft if before else Draft({}, {})

    def locate(points: Sequence[LngLat]) -> list[Located]:
        return [located_in(after.draft, f"u{int(point.lng)}") for point in points]

    return Redraw(
        after.name, Structure.of(old.grids.values()), Structure.of(after.draft.grids.values()),
        changed_codes(old, after.draft), kin_of(old, after.draft, dict.fromkeys(UNITS, 1)), locate,
    )  # fmt: skip


def keep_plan(database: Database, number: int, draft: Draft, state: str, at: datetime) -> None:
    with database.write() as connection:
        connection.execute(
            insert(plans).values(
                id=number, name=f"plan {number}", state=state, from_at=at, created_at=MONDAY,
                content_hash=draft.hash, marks={k: dict(v) for k, v in draft.marks.items()},
            )
        )  # fmt: skip
        rows = [
            {"plan_id": number, "code": g.code, "level": int(g.level), "name": g.name, "parent": g.parent, "geometry": b""}
            for g in draft.grids.values()
        ]  # fmt: skip
        connection.execute(insert(grids), rows)
        homes = [{"plan_id": number, "unit": unit, "grid": grid} for unit, grid in draft.home.items()]
        connection.execute(insert(assignments), homes)


def cleared(database: Database) -> None:
    with database.write() as connection:
        for table in USED:
            connection.execute(delete(table))


# --- whatever is drawn -----------------------------------------------------------------------------------------


@st.composite
def drafts(pick: Any) -> Draft:
    """A whole plan of the twelve units; codes come back in another plan only under the same parents."""
    leaves = []
    for _ in range(pick(st.integers(1, 5))):
        community, compound, leaf = (pick(st.sampled_from("abc")) for _ in range(3))
        leaves.append((community, community + compound, community + compound + leaf))
    homes = {unit: pick(st.sampled_from(leaves)) for unit in UNITS}
    made = {
        code: Grid(code, level, code, chain[level - 2] if level > 1 else None)
        for chain in homes.values()
        for level, code in zip(Level, chain, strict=True)
    }
    return Draft(made, {unit: chain[2] for unit, chain in homes.items()})


@dataclass(frozen=True)
class Lay:
    """A ticket that lies in a unit, held on a level, or by a unit above."""

    unit: str
    is_open: bool
    held: int
    has_point: bool = True


lays = st.lists(
    st.builds(Lay, st.sampled_from(UNITS), st.booleans(), st.integers(0, 3)), min_size=1, max_size=12
)


def keep_tickets(database: Database, draft: Draft, all_of_them: Sequence[Lay]) -> None:
    rows = []
    for number, lay in enumerate(all_of_them, start=1):
        at, point = located_in(draft, lay.unit), place(lay.unit)
        held = (at.level1, at.level2, at.level3, CITY)[lay.held]
        rows.append(
            {
                "id": number, "no": str(number), "state": "accepted" if lay.is_open else "closed", "open": lay.is_open,
                "holder": held, "level1": at.level1, "level2": at.level2, "level3": at.level3, "lng": point.lng,
                "lat": point.lat, "category": "noise", "urgent": False, "source": "grid", "opened_at": MONDAY,
                "stage_since": MONDAY, "raised_in": at.level3,
            }
        )  # fmt: skip
    with database.write() as connection:
        connection.execute(insert(tickets), rows)


def raised_by(database: Database, by: Grouping) -> dict[str, Tally]:
    with database.read() as connection:
        return tallies(connection, since=MONDAY, until=LATER, now=LATER, by=by, area=Area())


def check_ground(database: Database, draft: Draft, all_of_them: Sequence[Lay]) -> None:
    """Every ticket counts once on every level, where its unit lies by the plan in force; open ones lie there too."""
    for by, level in LEVEL_OF.items():
        expected = Counter(draft.above(draft.home[lay.unit], level) for lay in all_of_them)
        found = raised_by(database, by)
        assert {code: tally.raised for code, tally in found.items()} == expected
        for code in expected:
            with database.read() as connection:
                area = Area(level=level, codes=(code or "",))
                inside = tallies(
                    connection, since=MONDAY, until=LATER, now=LATER, by=Grouping.CITY, area=area
                )
            assert total(inside.values()).raised == expected[code]
    with database.read() as connection:
        for row in connection.execute(select(tickets).where(tickets.c.open)):
            lay = all_of_them[row.id - 1]
            at = located_in(draft, lay.unit)
            assert Located(row.level1, row.level2, row.level3) == at
            assert row.holder == (at.level1, at.level2, at.level3, CITY)[lay.held]
            assert row.raised_in == at.level3


@pytest.mark.slow
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)  # fmt: skip
@given(first=drafts(), second=drafts(), third=drafts(), lying=lays)
def test_whatever_is_drawn_every_ticket_counts_once_where_it_lies_and_the_way_back_is_a_plan_like_any_other(
    database: Database, first: Draft, second: Draft, third: Draft, lying: list[Lay]
) -> None:
    cleared(database)
    store = TicketStore(database)
    keep_plan(database, 1, first, "in_force", MONDAY)
    keep_tickets(database, first, lying)
    check_ground(database, first, lying)
    for number, draft in enumerate((second, third, first), start=2):
        keep_plan(database, number, draft, "approved", MONDAY + timedelta(days=number))
        effect = put_in_force(store, draw, now=MONDAY + timedelta(days=number))
        assert effect and effect.why is None
        check_ground(database, draft, lying)
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(crosswalk)) == 0, "all lies where it lay"
        states = dict(connection.execute(select(plans.c.id, plans.c.state)).all())
    assert states == {1: "retired", 2: "retired", 3: "retired", 4: "in_force"}


# --- one town, split -------------------------------------------------------------------------------------------

BEFORE = Draft(
    {
        "C": Grid("C", Level.COMMUNITY, "C", "S"),
        "C1": Grid("C1", Level.COMPOUND, "C1", "C"),
        "C11": Grid("C11", Level.BUILDING, "C11", "C1"),
        "C12": Grid("C12", Level.BUILDING, "C12", "C1"),
    },
    {unit: "C11" if int(unit[1:]) < 6 else "C12" for unit in UNITS},
)
AFTER = Draft(
    {
        "C": BEFORE.grids["C"],
        "C1": BEFORE.grids["C1"],
        "C11": BEFORE.grids["C11"],
        "C2": Grid("C2", Level.COMPOUND, "C2", "C"),
        "C21": Grid("C21", Level.BUILDING, "C21", "C2"),
    },
    {unit: "C11" if int(unit[1:]) < 6 else "C21" for unit in UNITS},
    {"lineage": {"C2": ["C1"], "C21": ["C12"]}},
)
"""``C12`` comes under a new compound grid, and gets another code."""

MOVED, STAYS = LngLat(8, 1), LngLat(1, 1)


def rules_of(draft: Draft) -> Any:
    return replace(
        RULES,
        structure=Structure.of(draft.grids.values(), RULES.structure.streets.values(), "City"),
        locate=lambda point: located_in(draft, f"u{int(point.lng)}"),
    )


RULES_BEFORE, RULES_AFTER = rules_of(BEFORE), rules_of(AFTER)
C12 = replace(MEMBER, area="C12")


@pytest.fixture
def store(database: Database) -> TicketStore:
    keep_plan(database, 1, BEFORE, "in_force", MONDAY)
    return TicketStore(database)


def raised(store: TicketStore, point: LngLat, now: datetime = MONDAY) -> Ticket:
    by = C12 if point == MOVED else MEMBER
    return raise_ticket(store, RULES_BEFORE, Report(point, "noise", Words("loud")), by=by, now=now)


def redrawn(store: TicketStore, now: datetime = LATER, draft: Draft = AFTER, number: int = 2) -> Effect:
    keep_plan(store.database, number, draft, "approved", now)
    effect = put_in_force(store, draw, now=now)
    assert effect is not None
    return effect


def now_of(store: TicketStore, one: Ticket) -> Ticket:
    with store.database.read() as connection:
        found = lists.one_ticket(connection, no=one.no)
    assert found
    return found


def told(store: TicketStore) -> dict[tuple[str, str], int]:
    with store.database.read() as connection:
        rows = connection.execute(select(inbox).where(inbox.c.kind.startswith("redraw")))
        return {(row.post, row.kind): row.n for row in rows}


def test_a_ticket_comes_to_the_grid_of_its_point_and_no_clock_is_touched(store: TicketStore) -> None:
    one, other = raised(store, MOVED), raised(store, STAYS)
    effect = redrawn(store)
    after = now_of(store, one)
    assert effect.rehomed == 1
    assert (after.holder, after.raised_in, after.located) == ("C21", "C21", Located("C", "C2", "C21"))
    assert (
        replace(after, located=one.located, holder=one.holder, raised_in=one.raised_in, version=one.version)
        == one
    )
    assert after.version == one.version + 1 and now_of(store, other) == other
    with store.database.read() as connection:
        log = [event for event, _ in lists.events_of(connection, ticket_stream(one.id))]
    assert [event.kind for event in log] == ["raised", "rehomed"] and breaks(log) == []
    assert log[1].facts["plan"] == "plan 2"
    assert (log[1].facts["from_grid"], log[1].facts["to_grid"]) == ("C12", "C21")
    with store.work() as work:
        clocks = running(after, work.beats(one.id), RULES_AFTER)
    assert (clocks.since, clocks.due_at, clocks.stage) == (one.stage_since, one.due_at, one.stage)


def test_what_the_community_holds_stays_there_and_lies_elsewhere(store: TicketStore) -> None:
    one = raised(store, MOVED)
    one = act(store, RULES_BEFORE, one.id, "hand_up", Given("because"), version=1, by=C12, now=MONDAY)
    compound = replace(C12, role=MEMBER.role.COMPOUND, area="C1")
    one = act(store, RULES_BEFORE, one.id, "hand_up", Given("because"), version=2, by=compound, now=MONDAY)
    redrawn(store)
    after = now_of(store, one)
    assert (after.holder, after.located.level2) == ("C", "C2")
    assert told(store)["C", "redraw_kept"] == 1


def test_new_and_former_holders_are_told_with_their_numbers(store: TicketStore) -> None:
    for point in (MOVED, MOVED, STAYS):
        raised(store, point)
    compound = replace(C12, role=MEMBER.role.COMPOUND, area="C1")
    third = raised(store, MOVED)
    third = act(store, RULES_BEFORE, third.id, "hand_up", Given("x"), version=1, by=C12, now=MONDAY)
    assert compound.area == third.holder
    redrawn(store)
    assert told(store) == {
        ("C21", "redraw_kept"): 2, ("C2", "redraw_got"): 1, ("C1", "redraw_gave"): 1,
    }  # fmt: skip


def test_a_plan_that_is_not_what_was_approved_stays_approved_and_is_told_once(store: TicketStore) -> None:
    one = raised(store, MOVED)
    keep_plan(store.database, 2, AFTER, "approved", LATER)
    with store.database.write() as connection:
        connection.execute(update(grids).where(grids.c.code == "C2").values(name="another name"))
    effects = [put_in_force(store, draw, now=LATER + timedelta(minutes=n)) for n in range(2)]
    assert [bool(e and e.why) for e in effects] == [True, True]
    assert [e.once for e in effects if e] == [True, False]
    assert now_of(store, one) == one
    with store.database.read() as connection:
        assert connection.scalar(select(plans.c.state).where(plans.c.id == 2)) == "approved"
        kinds = list(connection.scalars(select(events.c.kind).where(events.c.stream == "p:2")))
    assert kinds == ["not_in_force"]


def test_nothing_happens_before_the_moment_and_nothing_twice(store: TicketStore) -> None:
    keep_plan(store.database, 2, AFTER, "approved", LATER)
    assert put_in_force(store, draw, now=LATER - timedelta(seconds=1)) is None
    assert put_in_force(store, draw, now=LATER) is not None
    assert put_in_force(store, draw, now=LATER) is None


def test_of_two_sweeps_at_once_one_puts_the_plan_in_force(store: TicketStore) -> None:
    one = raised(store, MOVED)
    keep_plan(store.database, 2, AFTER, "approved", LATER)
    begin, effects = threading.Barrier(2), list[Effect | None]()

    def sweep_once() -> None:
        begin.wait()
        effects.append(put_in_force(store, draw, now=LATER))

    threads = [threading.Thread(target=sweep_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(effect is not None for effect in effects) == 1
    assert now_of(store, one).version == one.version + 1


def test_an_error_in_the_middle_leaves_everything_as_it_was(store: TicketStore) -> None:
    one = raised(store, MOVED)
    keep_plan(store.database, 2, AFTER, "approved", LATER)

    def breaking(before: PlanContent | None, after: PlanContent) -> Redraw:
        def locate(points: Sequence[LngLat]) -> list[Located]:
            raise RuntimeError("the lights went out")

        return replace(draw(before, after), locate=locate)

    with pytest.raises(RuntimeError):
        put_in_force(store, breaking, now=LATER)
    assert now_of(store, one) == one
    assert put_in_force(store, draw, now=LATER) is not None


def test_what_a_program_raised_that_still_saw_the_old_plan_is_brought_along_by_the_next_sweep(
    store: TicketStore,
) -> None:
    redrawn(store)
    late = raised(store, MOVED, LATER + timedelta(seconds=1))
    assert late.holder == "C12"
    soon = LATER + timedelta(minutes=1)
    with store.database.read() as connection:
        assert redraws.has_stragglers(connection, soon)
    assert rehome_the_rest(store, draw, now=soon) == 1
    assert now_of(store, late).holder == "C21"
    with store.database.read() as connection:
        assert not redraws.has_stragglers(connection, soon)


def test_a_ticket_that_ended_keeps_its_grid_and_comes_to_the_new_one_when_it_is_reopened(
    store: TicketStore,
) -> None:
    one = raised(store, MOVED)
    one = act(store, RULES_BEFORE, one.id, "settle", Given("done"), version=1, by=C12, now=MONDAY)
    assert one.state is State.CLOSED
    redrawn(store)
    after = now_of(store, one)
    assert after == one
    with store.database.read() as connection:
        rows = connection.execute(select(crosswalk)).all()
    assert [(r.ticket_id, r.level1, r.level2, r.level3) for r in rows] == [(one.id, "C", "C2", "C21")]
    again = act(
        store, RULES_AFTER, one.id, "reopen", Given("not done"), version=after.version, by=COMMUNITY,
        now=LATER + timedelta(hours=1),
    )  # fmt: skip
    assert (again.holder, again.located) == ("C21", Located("C", "C2", "C21"))
    with store.database.read() as connection:
        assert connection.execute(select(crosswalk)).all() == []


# --- people ----------------------------------------------------------------------------------------------------


def keep_head(database: Database, number: int, grid: str, name: str = "One") -> None:
    with database.write() as connection:
        connection.execute(insert(heads).values(id=number, grid=grid, name=name, work_phone=str(number)))


def heads_now(database: Database, at: datetime) -> dict[str, str]:
    with database.read() as connection:
        return {term.grid: term.name for term in redraws.head_terms(connection, at)}


def handed_over(database: Database, grid: str, name: str | None, at: datetime = MONDAY) -> None:
    """What an import of heads does: the running term ends; ``name`` begins one with another number, None leaves a vacancy."""
    with database.write() as connection:
        hand_over(connection, {grid: Term(name, work_phone="999") if name else None}, at)


def confirmed(store: TicketStore, number: int, *vacant: str) -> None:
    """A plan was published, and these grids as vacant."""
    facts = {"state": "approved", "vacant": list(vacant)}
    with store.work() as work:
        work.add_event(Event(plan_stream(number), 0, MONDAY, "published", 1, facts))


def refused_on_the_day(store: TicketStore, number: int, before: dict[str, str]) -> str:
    """Why the plan stays approved: told once, and nothing is done by half."""
    effects = [put_in_force(store, draw, now=LATER + timedelta(minutes=n)) for n in range(2)]
    assert [bool(e and e.why) for e in effects] == [True, True]
    assert [e.once for e in effects if e] == [True, False]
    assert heads_now(store.database, LATER + timedelta(minutes=3)) == before
    with store.database.read() as connection:
        assert connection.scalar(select(plans.c.state).where(plans.c.id == number)) == "approved"
        stream = events.c.stream == plan_stream(number)
        kinds = list(connection.scalars(select(events.c.kind).where(stream).order_by(events.c.seq)))
    assert kinds[-1] == "not_in_force" and kinds.count("not_in_force") == 1
    return str(effects[0] and effects[0].why)


ANN_TO_C2 = replace(AFTER, marks=dict(AFTER.marks) | {"posts": {"101": "C2"}})
"""Who heads ``C1`` by term 101 goes to the new compound grid."""


def test_heads_follow_their_grid_or_go_where_the_plan_says(store: TicketStore) -> None:
    for number, (grid, name) in enumerate([("C1", "Ann"), ("C11", "Bo"), ("C12", "Cy")], start=101):
        keep_head(store.database, number, grid, name)
    confirmed(store, 2, "C1")
    redrawn(store, draft=ANN_TO_C2)
    at = LATER + timedelta(seconds=1)
    assert heads_now(store.database, at) == {"C2": "Ann", "C11": "Bo", "C21": "Cy"}
    assert heads_now(store.database, LATER - timedelta(seconds=1)) == {"C1": "Ann", "C11": "Bo", "C12": "Cy"}


def test_the_plans_word_on_a_head_holds_when_their_number_was_corrected_since(store: TicketStore) -> None:
    keep_head(store.database, 101, "C1", "Ann")
    confirmed(store, 2, "C1", "C21")
    for day in range(2):
        handed_over(store.database, "C1", "Ann", MONDAY + timedelta(hours=day))
    redrawn(store, draft=ANN_TO_C2)
    assert heads_now(store.database, LATER + timedelta(seconds=1)) == {"C2": "Ann"}


def test_the_plans_word_on_a_head_holds_when_an_earlier_plan_gave_them_another_code(
    store: TicketStore,
) -> None:
    keep_head(store.database, 101, "C12", "Ann")
    confirmed(store, 2, "C2")
    redrawn(store)
    assert heads_now(store.database, LATER + timedelta(seconds=1)) == {"C21": "Ann"}
    confirmed(store, 3, "C21")
    redrawn(store, LATER + timedelta(days=1), replace(AFTER, marks={"posts": {"101": "C11"}}), 3)
    assert heads_now(store.database, LATER + timedelta(days=2)) == {"C11": "Ann"}


def test_the_plans_word_on_a_head_is_not_for_whoever_came_after_them(store: TicketStore) -> None:
    keep_head(store.database, 101, "C1", "Ann")
    confirmed(store, 2, "C1", "C21")
    handed_over(store.database, "C1", "Eve")
    keep_plan(store.database, 2, ANN_TO_C2, "approved", LATER)
    why = refused_on_the_day(store, 2, {"C1": "Eve"})
    assert "1 grids would have no head, C2 among them" in why


SPLIT_ENDS = replace(AFTER, marks={"lineage": {"C2": ["C1"]}})
"""As ``AFTER``, but nobody follows who heads ``C12``."""


def test_a_head_who_came_since_and_would_be_left_over_keeps_the_plan_from_coming_into_force(
    store: TicketStore,
) -> None:
    one = raised(store, MOVED)
    keep_head(store.database, 101, "C1", "Ann")
    keep_plan(store.database, 2, SPLIT_ENDS, "approved", LATER)
    confirmed(store, 2, "C2", "C21")
    handed_over(store.database, "C12", "Eve")
    assert "Eve heads C12, which the plan retires" in refused_on_the_day(
        store, 2, {"C1": "Ann", "C12": "Eve"}
    )
    assert now_of(store, one) == one
    handed_over(store.database, "C12", None, LATER + timedelta(minutes=4))
    effect = put_in_force(store, draw, now=LATER + timedelta(minutes=5))
    assert effect and effect.why is None, "what was in the way is out of it"
    assert heads_now(store.database, LATER + timedelta(minutes=6)) == {"C1": "Ann"}


def test_another_reason_is_told_when_the_first_is_out_of_the_way(store: TicketStore) -> None:
    keep_head(store.database, 101, "C1", "Ann")
    keep_plan(store.database, 2, SPLIT_ENDS, "approved", LATER)
    confirmed(store, 2, "C2")
    handed_over(store.database, "C12", "Eve")
    assert "Eve heads C12" in refused_on_the_day(store, 2, {"C1": "Ann", "C12": "Eve"})
    handed_over(store.database, "C12", None, LATER + timedelta(minutes=4))
    effects = [put_in_force(store, draw, now=LATER + timedelta(minutes=n)) for n in (5, 6)]
    assert [(e.once, "C21 among them" in str(e.why)) for e in effects if e] == [(True, True), (False, True)]


def test_a_grid_that_would_have_two_heads_keeps_the_plan_from_coming_into_force(store: TicketStore) -> None:
    keep_head(store.database, 101, "C1", "Ann")
    keep_head(store.database, 102, "C11", "Bo")
    instead = replace(AFTER, marks=dict(AFTER.marks) | {"posts": {"101": "C11", "102": ""}})
    keep_plan(store.database, 2, instead, "approved", LATER)
    confirmed(store, 2, "C1", "C2", "C21")
    handed_over(store.database, "C11", "Eve")
    why = refused_on_the_day(store, 2, {"C1": "Ann", "C11": "Eve"})
    assert why == "C11 would have more than one head."


def test_a_vacancy_is_published_only_when_it_was_confirmed(store: TicketStore) -> None:
    keep_head(store.database, 101, "C1", "Ann")
    keep_head(store.database, 102, "C12", "Cy")
    keep_plan(store.database, 2, ANN_TO_C2, "approved", LATER)
    confirmed(store, 2, "C1")
    handed_over(store.database, "C12", None)
    why = refused_on_the_day(store, 2, {"C1": "Ann"})
    assert "1 grids would have no head, C21 among them" in why
    confirmed(store, 2, "C1", "C21")
    effect = put_in_force(store, draw, now=LATER + timedelta(minutes=5))
    assert effect and effect.why is None


def test_accounts_walls_organisations_saved_views_and_told_entries_follow_their_unit(
    store: TicketStore,
) -> None:
    with store.database.write() as connection:
        connection.execute(
            insert(accounts).values(
                id=7, login="cy", name="Cy", role="member", area="C12", password_hash="", created_at=MONDAY
            )
        )
        connection.execute(insert(walls).values(name="hall", area="C12", token_hash="x", created_at=MONDAY))
        connection.execute(insert(organisations).values(grid="C12", name="group", kind="building"))
        query = "level=3&grid=C12&within=C1&state=raised"
        connection.execute(insert(saved_views).values(account_id=7, name="mine", query=query))
        connection.execute(insert(inbox).values(post="C12", kind="yellow", at=MONDAY))
    redrawn(store)
    with store.database.read() as connection:
        assert connection.scalar(select(accounts.c.area)) == "C21"
        assert connection.scalar(select(walls.c.area)) == "C21"
        assert connection.scalar(select(organisations.c.grid)) == "C21"
        assert connection.scalar(select(saved_views.c.query)) == "level=3&grid=C21&within=C1&state=raised"
        assert connection.scalar(select(inbox.c.post).where(inbox.c.kind == "yellow")) == "C21"


# --- meetings --------------------------------------------------------------------------------------------------

MERGED = Draft(
    {code: grid for code, grid in AFTER.grids.items() if code != "C1" and code != "C11"}
    | {"C22": Grid("C22", Level.BUILDING, "C22", "C2")},
    {unit: "C22" if int(unit[1:]) < 6 else "C21" for unit in UNITS},
    {"lineage": {"C2": ["C2", "C1"], "C22": ["C11"]}},
)


def keep_agenda(store: TicketStore, number: int, unit: str, titles: Sequence[str]) -> None:
    with store.database.write() as connection:
        connection.execute(
            insert(meetings).values(id=number, tier="compound", unit=unit, regular=True, state="open")
        )
        for title in titles:
            connection.execute(insert(meeting_matters).values(meeting_id=number, title=title))


def agendas(store: TicketStore) -> dict[tuple[str, str], list[str]]:
    with store.database.read() as connection:
        rows = connection.execute(select(meetings.c.id, meetings.c.unit, meetings.c.state)).all()
        return {
            (row.unit, row.state): sorted(
                connection.scalars(
                    select(meeting_matters.c.title).where(meeting_matters.c.meeting_id == row.id)
                )
            )
            for row in rows
        }


def test_an_open_agenda_goes_with_its_unit_and_into_the_one_that_is_there(store: TicketStore) -> None:
    redrawn(store)
    keep_agenda(store, 1, "C1", ["lamps"])
    keep_agenda(store, 2, "C2", ["noise"])
    redrawn(store, LATER + timedelta(days=1), MERGED, 3)
    assert agendas(store) == {("C1", "merged"): [], ("C2", "open"): ["lamps", "noise"]}


def test_an_agenda_whose_unit_goes_moves_as_it_is_where_its_heir_has_none(store: TicketStore) -> None:
    redrawn(store)
    keep_agenda(store, 1, "C1", ["lamps"])
    redrawn(store, LATER + timedelta(days=1), MERGED, 3)
    assert agendas(store) == {("C2", "open"): ["lamps"]}
