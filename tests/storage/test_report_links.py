"""Links by which residents follow their report: only the hash is kept, on SQLite and on PostgreSQL; and heads in terms."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from domain.actions.raising import Report, raise_ticket
from domain.place import LngLat
from domain.tickets import Ticket, Words
from storage import heads, people, report_links
from storage.database import Database
from storage.heads import Term
from storage.schema import heads as heads_table
from storage.schema import report_links as links_table
from storage.store import TicketStore
from tests.domain.build import MONDAY, RESIDENT, RULES

TOKEN = "a-token-of-a-link-that-nobody-guesses"
LATER = MONDAY + timedelta(days=30)


def reported(database: Database) -> Ticket:
    report = Report(LngLat(1, 1), "noise", Words("loud"))
    return raise_ticket(TicketStore(database), RULES, report, by=RESIDENT, now=MONDAY)


def test_a_link_leads_to_its_ticket_and_only_its_hash_is_kept(database: Database) -> None:
    one, other = reported(database), reported(database)
    with database.write() as connection:
        report_links.keep_link(connection, TOKEN, one.id, MONDAY)
        report_links.keep_link(connection, TOKEN + "2", other.id, MONDAY)
    with database.read() as connection:
        found = report_links.behind_link(connection, TOKEN)
        kept = connection.execute(select(links_table)).all()
    assert found and found.id == one.id
    assert len(kept) == 2 and TOKEN not in repr(kept)


def test_the_same_link_again_changes_nothing(database: Database) -> None:
    one, other = reported(database), reported(database)
    for ticket in (one, one, other):
        with database.write() as connection:
            report_links.keep_link(connection, TOKEN, ticket.id, MONDAY)
    with database.read() as connection:
        found = report_links.behind_link(connection, TOKEN)
        assert found and found.id == one.id
        assert connection.scalar(select(func.count()).select_from(links_table)) == 1


def test_a_link_that_nobody_was_given_leads_nowhere(database: Database) -> None:
    with database.read() as connection:
        assert report_links.behind_link(connection, TOKEN) is None
        assert report_links.behind_link(connection, "") is None


def test_a_term_ends_where_another_begins_and_stays_on_record(database: Database) -> None:
    first, second = Term("Wang", "Head", "123", "Visits", b"photo"), Term("Li")
    for at, term in ((MONDAY, first), (LATER, second)):
        with database.write() as connection:
            heads.hand_over(connection, {"C": term}, at)
    with database.read() as connection:
        before = people.head_of(connection, "C", MONDAY)
        now = people.head_of(connection, "C", LATER)
        assert (
            before
            and now
            and (before.name, before.has_photo, now.name, now.has_photo) == ("Wang", True, "Li", False)
        )
        assert (
            heads.photo_of(connection, "C", MONDAY) == b"photo"
            and heads.photo_of(connection, "C", LATER) is None
        )
        assert heads.heads_of(connection, {"C", "D"}, LATER) == {"C": now}
        assert heads.running_terms(connection, LATER) == {"C": second}
        assert connection.scalar(select(func.count()).select_from(heads_table)) == 2


def test_a_vacancy_ends_a_term_and_begins_none(database: Database) -> None:
    with database.write() as connection:
        heads.hand_over(connection, {"C": Term("Wang")}, MONDAY)
        heads.hand_over(connection, {"C": None}, LATER)
    with database.read() as connection:
        assert people.head_of(connection, "C", LATER) is None
        assert people.headed_grids(connection, LATER) == frozenset()
