"""What verify finds: one row of a sound city is tampered with, and the finding names it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update

from city.opened import City
from city.verifying import verify
from domain.events import Event, meeting_stream, ticket_stream
from storage.days import begin_of
from storage.event_rows import event_columns, event_from
from storage.schema import day_counts, events, meeting_matters, meetings, ratings, ticket_words, tickets
from storage.sweeping import CLOCKS_BY
from tests.conftest import NOON

T, M, X, R = tickets.c, meetings.c, meeting_matters.c, ratings.c


def found(city: City) -> list[str]:
    return [str(finding) for finding in verify(city).findings]


@pytest.mark.slow
def test_a_day_that_is_counted_otherwise_than_its_tickets_is_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        C = day_counts.c
        row = connection.execute(select(C.place, C.day).where(C.grain == 2, C.raised > 0).limit(1)).one()
        this = (C.grain == 2, C.place == row.place, C.day == row.day)
        connection.execute(update(day_counts).where(*this).values(raised=C.raised + 1))
        return f"{begin_of(row.day).astimezone(own_city.zone):%Y-%m-%d}"

    findings, day = tampered(own_city, change)
    assert findings == [f"The figures of {day} are not those of its tickets."]


def tampered(city: City, change: Callable[[Connection], Any]) -> tuple[list[str], str]:
    """What verify says after a change, and the number that the change gave back."""
    with city.database.write() as connection:
        no = str(change(connection))
    return found(city), no


def number(connection: Connection, *where: Any) -> tuple[int, str]:
    row = connection.execute(select(T.id, T.no).where(*where).order_by(T.id).limit(1)).one()
    return row.id, row.no


def changed(connection: Connection, ticket: tuple[int, str], **columns: Any) -> str:
    connection.execute(update(tickets).where(T.id == ticket[0]).values(columns))
    return ticket[1]


def appended(connection: Connection, stream: str, kind: str, **more: Any) -> None:
    """An event that is sealed as it should be."""
    row = connection.execute(
        select(events).where(events.c.stream == stream).order_by(events.c.seq.desc()).limit(1)
    ).one()
    last = event_from(row)
    facts = {key: value for key, value in last.facts.items() if key != "note"}
    new = Event(stream, last.seq + 1, last.at, kind, None, {**facts, **more}).sealed_after(last.hash)
    connection.execute(insert(events), event_columns(new))


@pytest.mark.slow
def test_a_sound_city_has_no_findings(demo_city: City) -> None:
    verified = verify(demo_city)
    assert verified.findings == () and verified.events > 20_000


TAMPERED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"state": "closed"}, "the row does not say what its last event says"),
    ({"open": False}, "it is counted as what it is not"),
    ({"holder": "nowhere"}, "the row does not say what its last event says"),
    ({"holder": "nowhere"}, "its holder nowhere does not exist"),
    ({"version": 40}, "its row was saved 39 times, its log tells of"),
    ({"level1": None, "level2": None, "level3": None}, "it lies in no grid and in no queue"),
    ({"level3": "21068199999999999"}, "its grid 21068199999999999 does not exist"),
    ({"queue": "lost"}, "there is no queue lost"),
    ({"parent_id": 10_000_000}, "the ticket it assists does not exist"),
    ({"duplicate_of": 10_000_000}, "the ticket it was merged into does not exist"),
    ({"due_at": NOON + timedelta(days=900)}, "its deadline does not follow from its log"),
    ({"warn_at": None}, "the moment of its warning does not follow from its log"),
    ({"thrice_at": None}, "the moment of three times its limit does not follow from its log"),
    ({"handle_by": NOON}, "the end of the time for handling does not follow from its log"),
    ({"stage": 77}, "the beginning of its stage does not follow from its log"),
    ({"provisional": None}, "whether its deadline is provisional does not follow from its log"),
    ({"wake_at": None}, "the clock would not see to it in time"),
    ({"wake_at": NOON + timedelta(days=900)}, "the clock would not see to it in time"),
)
"""A change of one row of a ticket in progress, and what verify says of it."""


@pytest.mark.slow
def test_every_changed_row_is_named_with_what_is_wrong_in_it(own_city: City) -> None:
    with own_city.database.write() as connection:
        in_progress = select(T.id, T.no, T.provisional).where(T.state == "in_progress", T.due_at > NOON)
        rows = connection.execute(in_progress.order_by(T.id).limit(len(TAMPERED))).all()
        for row, (columns, _) in zip(rows, TAMPERED, strict=True):
            new = {"provisional": not row.provisional} if "provisional" in columns else columns
            changed(connection, (row.id, row.no), **new)
    findings = found(own_city)
    for row, (columns, says) in zip(rows, TAMPERED, strict=True):
        assert any(f.startswith(f"Ticket {row.no}: {says}") for f in findings), (columns, findings)


@pytest.mark.slow
def test_a_merge_that_leads_round_in_a_circle_is_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        changed(connection, number(connection, T.id == 1), duplicate_of=2)
        return changed(connection, number(connection, T.id == 2), duplicate_of=1)

    findings, no = tampered(own_city, change)
    assert f"Ticket {no}: it was merged into itself, round about." in findings


@pytest.mark.slow
def test_a_ticket_that_vanished_leaves_its_log_behind(own_city: City) -> None:
    def change(connection: Connection) -> int:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        gone = connection.scalar(
            select(func.max(T.id)).where(T.id.not_in(select(R.ticket_id)), T.state == "closed")
        )
        connection.execute(delete(ticket_words).where(ticket_words.c.ticket_id == gone))
        connection.execute(delete(tickets).where(T.id == gone))
        return int(gone or 0)

    findings, gone = tampered(own_city, change)
    assert findings == [f"t:{gone}: its events tell of a row that does not exist."]


@pytest.mark.slow
def test_a_changed_and_a_missing_event_are_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        connection.execute(delete(events).where(events.c.stream == "t:7", events.c.seq == 1))
        connection.execute(
            update(events).where(events.c.stream == "t:9", events.c.seq == 1).values(by=12_345)
        )
        return number(connection, T.id == 7)[1]

    findings, no = tampered(own_city, change)
    with own_city.database.read() as connection:
        other = number(connection, T.id == 9)[1]
    assert f"Ticket {no}: event 1 is missing." in findings
    assert f"Ticket {other}: event 1 (Raised) was changed." in findings
    assert len(findings) == 3 and f"Ticket {no}: events are missing." in findings


@pytest.mark.slow
def test_a_cycle_that_is_rated_twice_is_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        ticket = number(connection, T.state == "closed", T.satisfied, T.cycle == 1)
        appended(connection, ticket_stream(ticket[0]), "rate")
        return changed(connection, ticket, version=T.version + 1)

    findings, no = tampered(own_city, change)
    assert findings == [
        f"Ticket {no}: it was rated twice in cycle 1.",
        f"Ticket {no}: 1 answers of the public are kept, its log tells of 2.",
    ]


@pytest.mark.slow
def test_an_answer_that_was_slipped_in_is_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        ticket_id = connection.scalar(select(R.ticket_id).where(R.grade.is_(None)).order_by(R.id).limit(1))
        connection.execute(update(ratings).where(R.ticket_id == ticket_id).values(grade=5))
        return number(connection, T.id == ticket_id)[1]

    findings, no = tampered(own_city, change)
    assert (
        len(findings) == 1
        and findings[0].startswith(f"Ticket {no}: ")
        and "answers of the public" in findings[0]
    )


@pytest.mark.slow
def test_a_grade_that_was_changed_is_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        wanted = select(R.id, R.ticket_id).where(R.grade == 2).order_by(R.id).limit(1)
        row = connection.execute(wanted).one()
        connection.execute(update(ratings).where(R.id == row.id).values(grade=5))
        return number(connection, T.id == row.ticket_id)[1]

    findings, no = tampered(own_city, change)
    assert findings == [f"Ticket {no}: its grade of cycle 1 was changed."]


@pytest.mark.slow
def test_a_ticket_at_a_meeting_stands_on_exactly_one_open_agenda(own_city: City) -> None:
    def change(connection: Connection) -> str:
        ticket = number(connection, T.state == "at_meeting")
        connection.execute(delete(meeting_matters).where(X.ticket_id == ticket[0]))
        return ticket[1]

    findings, no = tampered(own_city, change)
    assert findings == [f"Ticket {no}: it is at a joint meeting and stands on 0 open agendas."]


@pytest.mark.slow
def test_a_ticket_on_two_agendas_is_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        row = connection.execute(
            select(X.ticket_id, X.meeting_id).where(X.ticket_id.is_not(None)).order_by(X.id.desc()).limit(1)
        ).one()
        other = connection.scalar(select(M.id).where(M.state == "open", M.id != row.meeting_id).limit(1))
        connection.execute(
            insert(meeting_matters), {"meeting_id": other, "ticket_id": row.ticket_id, "title": "again"}
        )
        return number(connection, T.id == row.ticket_id)[1]

    findings, no = tampered(own_city, change)
    assert findings == [f"Ticket {no}: it is at a joint meeting and stands on 2 open agendas."]


@pytest.mark.slow
def test_a_ticket_on_an_agenda_that_is_at_no_meeting_is_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        ticket = number(connection, T.state == "in_progress")
        agenda = connection.scalar(select(M.id).where(M.state == "open").limit(1))
        connection.execute(
            insert(meeting_matters), {"meeting_id": agenda, "ticket_id": ticket[0], "title": "stray"}
        )
        return ticket[1]

    findings, no = tampered(own_city, change)
    assert len(findings) == 1
    assert findings[0].startswith(f"Ticket {no}: it stands on the agenda of ") and findings[0].endswith(
        "at no meeting."
    )


def test_two_open_agendas_of_a_unit_are_named(own_city: City) -> None:
    def change(connection: Connection) -> str:
        connection.execute(text("DROP INDEX uq_meetings_open_agenda"))
        unit = connection.scalar(select(M.unit).where(M.state == "open").limit(1))
        connection.execute(
            insert(meetings),
            {"tier": "community", "unit": unit, "regular": True, "state": "open", "present": []},
        )
        return str(unit)

    findings, unit = tampered(own_city, change)
    assert findings == [f"{own_city.ground.structure.name(unit)} has 2 open agendas at once."]


@pytest.mark.slow
def test_a_meeting_whose_row_differs_from_its_log_is_named(own_city: City) -> None:
    def change(connection: Connection) -> int:
        agenda = connection.execute(select(M.id, M.unit, M.tier).where(M.state == "open").limit(1)).one()
        planned = Event(
            meeting_stream(agenda.id), 1, NOON, "planned", None,
            {"state": "closed", "unit": agenda.unit, "tier": agenda.tier},
        ).sealed_after("")  # fmt: skip
        connection.execute(insert(events), event_columns(planned))
        return agenda.id

    findings, number_of_it = tampered(own_city, change)
    assert findings == [f"Meeting {number_of_it}: the row does not say what its last event says."]
    with own_city.database.write() as connection:
        connection.execute(
            update(meetings).where(M.id == int(number_of_it)).values(version=9, state="closed")
        )
    assert f"Meeting {number_of_it}: its row was saved 8 times, its log tells of 1 changes." in found(
        own_city
    )


def test_clocks_that_the_next_sweep_computes_anew_are_no_finding(own_city: City) -> None:
    def change(connection: Connection) -> str:
        connection.execute(
            text("UPDATE facts SET value = '\"another\"' WHERE key = :key"), {"key": CLOCKS_BY}
        )
        return changed(connection, number(connection, T.state == "in_progress"), due_at=NOON)

    findings, _ = tampered(own_city, change)
    assert findings == []


def test_a_state_that_does_not_exist_does_not_add_up(own_city: City) -> None:
    def change(connection: Connection) -> str:
        return changed(connection, number(connection, T.state == "closed"), state="lost")

    findings, no = tampered(own_city, change)
    assert any(finding.startswith(f"Ticket {no}: ") for finding in findings)
    assert "9129 tickets were raised, but 310 are open and 8818 ended." in findings


@pytest.mark.slow
def test_a_number_that_is_there_twice_is_named_where_no_key_keeps_them_apart(
    own_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.verifying.given_twice", lambda connection: ["261124-7"])
    assert "“261124-7” is there twice: a number, a report that was sent or a link to rate." in found(own_city)


@pytest.mark.slow
def test_words_that_were_changed_past_the_search_are_named(own_city: City) -> None:
    def change(connection: Connection) -> int:
        first = connection.execute(select(T.id).order_by(T.id).limit(1)).scalar_one()
        connection.execute(
            update(ticket_words).where(ticket_words.c.ticket_id == first).values(description="龘龘")
        )
        return int(first)

    findings, first = tampered(own_city, change)
    begins = int(first) // 1024 * 1024
    assert f"The search does not find what tickets {begins} to {begins + 1023} say." in findings
