"""Whatever is done to a row of the log is found, and the finding names it – on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection, delete, insert, select, update

from city.access import note_access
from city.anchoring import anchor_city, anchor_file, kept_anchors
from city.opened import City
from city.settings import Settings
from city.verifying import verify
from domain.actions.meetings import add_matter, plan_meeting
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.anchors import anchored
from domain.events import Event, plan_stream
from domain.moves import Given
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.said import BadInput
from domain.tickets import Words
from storage import anchoring
from storage.database import Database
from storage.event_rows import event_columns, event_from
from storage.schema import anchors, events, notes, plans, tickets
from storage.store import TicketStore
from storage.tickets import TicketWork
from tests.domain.build import COMMUNITY, MEMBER, MONDAY, OFFICE, RULES

E, N, T = events.c, notes.c, tickets.c
DUMPED = (notes, events)


class SmallCity(City):
    """A city of seven units whose clock stands still."""

    @property
    def rulebook(self) -> Rulebook:
        return RULES

    def now(self) -> Any:
        return MONDAY + timedelta(hours=1)


@pytest.fixture
def city(database: Database, tmp_path: Any) -> Iterator[City]:
    """Three tickets, a meeting, a plan and people who came: all of it written as the program writes it."""
    made = SmallCity(Settings(database_url=database.url, anchor_file=str(tmp_path / "anchors.txt")))
    made.database = database
    made.store = TicketStore(database)
    for n in range(3):
        report = Report(LngLat(1, 1), "noise", Words(f"loud {n}", "Wang", "13800138000"))
        _worked(made, raise_ticket(made.store, RULES, report, by=MEMBER, now=MONDAY).id, n)
    add_matter(made.store, RULES, "C", "Parking", by=COMMUNITY, now=MONDAY)
    plan_meeting(
        made.store, RULES, "C", MONDAY + timedelta(days=1), regular=True, version=2, by=COMMUNITY, now=MONDAY
    )
    with database.write() as connection:
        row = {"name": "first", "state": "in_force", "created_at": MONDAY}
        plan = connection.execute(insert(plans).values(row).returning(plans.c.id)).scalar_one()
        for level in (1, 2, 3):
            facts = {"level": level}
            TicketWork(connection).add_event(
                Event(plan_stream(plan), 0, MONDAY, "level_imported", None, facts)
            )
    for kind in ("signed_in", "refused", "signed_out"):
        note_access(made, kind, by=OFFICE)
    return made


def _worked(city: City, ticket_id: int, n: int) -> None:
    steps = (("accept", Given()), ("hand_up", Given("too much")), ("supervise", Given("hurry")))
    by = (MEMBER, MEMBER, OFFICE)
    for version, ((move, given_), who) in enumerate(zip(steps[: n + 1], by, strict=False), start=1):
        act(city.store, RULES, ticket_id, move, given_, version=version, by=who, now=MONDAY)


@pytest.fixture
def anchored_city(city: City) -> City:
    assert anchor_city(city) is not None
    assert found(city) == []
    return city


Rows = dict[Any, list[dict[str, Any]]]


def dump(city: City) -> Rows:
    with city.database.read() as connection:
        return {
            table: [dict(r._mapping) for r in connection.execute(select(table))]
            for table in (*DUMPED, anchors)
        }


def restore(city: City, rows: Rows) -> None:
    with city.database.write() as connection:
        for table in (*DUMPED, anchors):
            connection.execute(delete(table))
        for table in (events, notes, anchors):
            if rows[table]:
                connection.execute(insert(table), rows[table])


def found(city: City, kept: list[str] | None = None) -> list[str]:
    return [str(finding) for finding in verify(city, kept or []).findings]


def whose(city: City, stream: str) -> str:
    kind, name = stream.split(":")
    if kind == "t":
        with city.database.read() as connection:
            return f"Ticket {connection.scalar(select(T.no).where(T.id == int(name)))}"
    return {"m": f"Meeting {name}", "p": "Plan first", "a": f"The log of who came on {name}"}[kind]


ONE_CITY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def tampering(city: City, seed: Rows, deed: Callable[[Connection], None]) -> list[str]:
    """What is found after one deed; the log is then as it was before."""
    try:
        with city.database.write() as connection:
            deed(connection)
        return found(city)
    finally:
        restore(city, seed)


# --- change ------------------------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "at": lambda row: row["at"] + timedelta(microseconds=1),
    "kind": lambda row: row["kind"] + "x",
    "by": lambda row: None if row["by"] else 7,
    "facts": lambda row: row["facts"].replace("{", '{"more":1,', 1),
    "previous": lambda row: "0" * 64,
    "hash": lambda row: "f" * 64,
    "seq": lambda row: row["seq"] + 40,
    "stream": lambda row: "t:999",
}


@pytest.mark.parametrize("column", CHANGES)
def test_whichever_column_of_an_event_is_changed_the_event_is_named_and_no_other(
    anchored_city: City, column: str
) -> None:
    city, seed = anchored_city, dump(anchored_city)
    for row in seed[events]:

        def change(connection: Connection, row: dict[str, Any] = row) -> None:
            new = CHANGES[column](row)
            connection.execute(update(events).where(E.id == row["id"]).values({column: new}))

        findings = tampering(city, seed, change)
        named = [f for f in findings if re.search(r"event \d+ \(", f)]
        assert len(named) == 1, (row, findings)
        assert named[0].startswith(f"{whose(city, row['stream'])}: event {row['seq']} ("), (row, findings)
        says = "place" if column in ("seq", "stream") else "was changed"
        assert says in named[0]
        if column not in ("seq", "stream"):
            assert not [f for f in findings if "missing" in f]


@pytest.mark.parametrize("facts", ["", "nonsense", "[]", '{"state": "raised"}', "null"])
def test_facts_that_nobody_can_read_any_more_are_a_finding_and_no_crash(city: City, facts: str) -> None:
    with city.database.write() as connection:
        connection.execute(update(events).where(E.stream == "t:2", E.seq == 1).values(facts=facts))
    assert f"{whose(city, 't:2')}: event 1 (Raised) was changed." in found(city)


def test_an_event_that_was_changed_and_sealed_anew_is_the_one_that_is_named(city: City) -> None:
    with city.database.write() as connection:
        row = connection.execute(select(events).where(E.stream == "t:3", E.seq == 2)).one()
        event = event_from(row)
        anew = replace(event, by=99).sealed_after(event.previous)
        connection.execute(update(events).where(E.id == row.id).values(event_columns(anew)))
    assert found(city) == [f"{whose(city, 't:3')}: event 2 (Accept) was changed."]


def test_a_row_that_was_given_another_number_is_found(anchored_city: City) -> None:
    city, seed = anchored_city, dump(anchored_city)
    noted = {row["event_id"] for row in seed[notes]}
    for row in (row for row in seed[events] if row["id"] not in noted):

        def change(connection: Connection, row: dict[str, Any] = row) -> None:
            connection.execute(update(events).where(E.id == row["id"]).values(id=5_000))

        assert tampering(city, seed, change), row


# --- remove ------------------------------------------------------------------------------------------------------


@ONE_CITY
@given(data=some.data())
def test_whichever_events_are_removed_it_is_found_and_told_where(anchored_city: City, data: Any) -> None:
    city, seed = anchored_city, dump(anchored_city)
    gone = data.draw(some.lists(some.sampled_from(seed[events]), min_size=1, max_size=6, unique_by=id))
    ids = [row["id"] for row in gone]

    def remove(connection: Connection) -> None:
        connection.execute(delete(notes).where(N.event_id.in_(ids)))
        connection.execute(delete(events).where(E.id.in_(ids)))

    findings = tampering(city, seed, remove)
    assert any(f"{len(gone)} of them are missing" in f for f in findings)
    left = [row for row in seed[events] if row["id"] not in ids]
    for row in gone:
        mine = [f for f in findings if f.startswith(whose(city, row["stream"]))]
        ends = max((r["seq"] for r in left if r["stream"] == row["stream"]), default=0)
        if row["seq"] < ends:
            assert any(covers(f, row["seq"]) for f in mine), (row, findings)
        elif row["stream"].startswith("t:"):
            assert any("missing" in f or "moves" in f for f in mine), (row, findings)


def covers(finding: str, seq: int) -> bool:
    one = re.search(r"event (\d+) is missing", finding)
    many = re.search(r"events (\d+) to (\d+) are missing", finding)
    return bool(one and int(one[1]) == seq) or bool(many and int(many[1]) <= seq <= int(many[2]))


def test_a_last_event_and_a_whole_stream_that_were_removed_are_told_by_the_tickets_row(city: City) -> None:
    with city.database.write() as connection:
        for where in ((E.stream == "t:2", E.seq == 3), (E.stream == "t:1",)):
            ids = select(E.id).where(*where)
            connection.execute(delete(notes).where(N.event_id.in_(ids)))
            connection.execute(delete(events).where(*where))
    assert found(city) == [
        f"{whose(city, 't:1')}: all its events are missing.",
        f"{whose(city, 't:2')}: the last of its events are missing (1).",
    ]


# --- re-order, insert ----------------------------------------------------------------------------------------------

CONTENT = ("at", "kind", "by", "facts", "previous", "hash")


@ONE_CITY
@given(data=some.data())
def test_whichever_two_events_change_places_both_are_named_at_their_own(
    anchored_city: City, data: Any
) -> None:
    city, seed = anchored_city, dump(anchored_city)
    pair = data.draw(some.lists(some.sampled_from(seed[events]), min_size=2, max_size=2, unique_by=id))

    def swap(connection: Connection) -> None:
        for here, there in (pair, pair[::-1]):
            values = {column: there[column] for column in CONTENT}
            connection.execute(update(events).where(E.id == here["id"]).values(values))

    findings = tampering(city, seed, swap)
    for row in pair:
        named = [f for f in findings if f.startswith(f"{whose(city, row['stream'])}: event {row['seq']} (")]
        assert len(named) == 1 and "place" in named[0], (pair, findings)
    assert not [f for f in findings if "was changed" in f or "is missing" in f]


@ONE_CITY
@given(data=some.data())
def test_a_copy_that_was_inserted_is_named_with_what_it_copies(anchored_city: City, data: Any) -> None:
    city, seed = anchored_city, dump(anchored_city)
    row = data.draw(some.sampled_from(seed[events]))
    end = max(each["seq"] for each in seed[events] if each["stream"] == row["stream"])

    def copy(connection: Connection) -> None:
        new = {**row, "id": 5_000, "seq": end + 1}
        connection.execute(insert(events), new)

    inserted = f"{whose(city, row['stream'])}: event {end + 1} ("
    findings = [f for f in tampering(city, seed, copy) if f.startswith(inserted)]
    assert len(findings) == 1 and findings[0].endswith(f"was inserted as a copy of event {row['seq']}.")


# --- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        (update(notes).values(text="nothing happened"), "were changed"),
        (update(notes).values(salt="00"), "were changed"),
        (delete(notes), "were removed, and nobody erased them"),
    ],
)
def test_words_that_are_not_what_was_written_are_named(city: City, deed: Any, says: str) -> None:
    with city.database.write() as connection:
        wanted = select(E.id).where(E.stream == "t:3", E.seq == 3)
        connection.execute(deed.where(N.event_id.in_(wanted)))
    assert found(city) == [f"{whose(city, 't:3')}: the words of event 3 (Hand up) {says}."]


# --- everything anew -------------------------------------------------------------------------------------------------


def rewritten(connection: Connection, city: City) -> None:
    """What somebody does who holds the whole database: another past, its chains and its anchors made to fit."""
    connection.execute(delete(notes))
    previous: dict[str, str] = {}
    for row in connection.execute(select(events).order_by(E.stream, E.seq)).all():
        event = event_from(row)
        facts = {key: value for key, value in event.facts.items() if key != "note"}
        anew = replace(event, by=None, facts=facts).sealed_after(previous.get(event.stream, ""))
        previous[event.stream] = anew.hash
        connection.execute(update(events).where(E.id == row.id).values(event_columns(anew)))
    (old,) = anchoring.anchors_of(connection)
    new = anchored(old.day, old.at, old.upto, "", anchoring.heads(connection, upto=old.upto))
    connection.execute(update(anchors).values(digest=new.digest))


def test_a_past_that_was_written_anew_from_end_to_end_is_found_by_the_kept_anchors(
    anchored_city: City,
) -> None:
    city = anchored_city
    path = anchor_file(city)
    assert path is not None
    kept = kept_anchors(path)
    assert found(city, kept) == []
    with city.database.write() as connection:
        rewritten(connection, city)
    assert found(city) == []
    day, upto = kept[0].split()[:2]
    assert found(city, kept) == [
        f"The anchor of {day} is not the one of the kept copy: the log up to event {upto} was written anew."
    ]
    with city.database.write() as connection:
        connection.execute(delete(anchors))
    assert found(city, kept) == [f"The anchor of {day} is missing; the kept copy has it."]


@pytest.mark.parametrize("column", ["day", "at", "upto", "events", "digest"])
def test_a_changed_anchor_is_named_and_not_the_one_that_rests_on_it(anchored_city: City, column: str) -> None:
    city = anchored_city
    for day in (1, 2):
        note_access(city, "signed_in", by=OFFICE)
        assert anchor_city(city, city.now() + timedelta(days=day)) is not None
    assert found(city) == []
    values = {"day": "2026-01-01", "at": MONDAY, "upto": anchors.c.upto - 1, "events": 1, "digest": "0" * 64}
    with city.database.write() as connection:
        ids = list(connection.scalars(select(anchors.c.id).order_by(anchors.c.id)))
        connection.execute(update(anchors).where(anchors.c.id == ids[0]).values({column: values[column]}))
    findings = found(city)
    named = values["day"] if column == "day" else "2026-11-23"
    assert findings[0].startswith(f"The anchor of {named} ")
    assert len(findings) == (2 if column == "upto" else 1), findings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is nothing in it"),
        ("2026-11-23 7 x\n", "line 1 is no anchor"),
        ("# words\n", "nothing in it"),
    ],
)
def test_a_file_that_holds_no_anchors_is_refused(city: City, text: str, says: str, tmp_path: Any) -> None:
    (tmp_path / "kept.txt").write_text(text)
    with pytest.raises(BadInput, match=says):
        kept_anchors(tmp_path / "kept.txt")
    with pytest.raises(BadInput, match="cannot be read"):
        kept_anchors(tmp_path / "none.txt")
