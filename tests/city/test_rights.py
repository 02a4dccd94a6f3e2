"""What a person is given by each question that a page asks of the city: their own area, and nothing beside it – also
when no page had looked before whether they may."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from city import (
    desk,
    door_book,
    drafts,
    indicators,
    meetings,
    mine,
    personal_data,
    phone,
    photos,
    plan_comparison,
    plan_files,
    queues,
    rating,
    slips,
    snapshots,
    story,
    sweeping,
)
from city.drafts import draft_in_force
from city.explaining import table_for
from city.frontline import needed, ordered
from city.opened import City
from city.settings import Settings
from city.slips import SlipKind
from city.wall import shown
from city.weights import weigh
from city.words import speak
from domain.grids import CITY, Level
from domain.indicators import Grouping
from domain.people import CLOCK, RESIDENT, Person, Role
from domain.plans.commands import Lock, Rename
from domain.plans.life import Plan, PlanState
from domain.said import Refused
from domain.tickets import Ticket
from storage import lists
from tests.areas import MARK, ROLES, Spot, everybody, mark, two_areas
from tests.conftest import NOON, CityAtNoon, sqlite_url

WORKERS = "street office community compound member department"
YEAR = NOON - timedelta(days=366), NOON + timedelta(days=1)


@dataclass(frozen=True)
class Town:
    city: City
    own: Spot
    other: Spot
    people: Mapping[str, Person]

    def ticket(self, no: str) -> Ticket:
        with self.city.database.read() as connection:
            found = lists.one_ticket(connection, no=no)
        assert found
        return found


@pytest.fixture(scope="module")
def town(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    file = tmp_path_factory.mktemp("reads") / "city.db"
    shutil.copy(demo_file, file)
    city = CityAtNoon(Settings(database_url=sqlite_url(file)))
    people = everybody(city)
    own, other = two_areas(city, people)
    mark(city)
    screen = Person(0, "hall", Role.WALL, people["community"].area)
    yield Town(city, own, other, people | {"wall": screen, "resident": RESIDENT, "clock": CLOCK})
    city.database.close()


EVERYBODY = (*ROLES, "wall", "resident", "clock")

Asked = Callable[[Town, Person, Spot], object]
"""A question about what stands in an area; an empty answer or a refusal is none."""

ANSWERS: Mapping[str, tuple[Asked, str, str]] = {
    "a ticket": (lambda t, p, s: desk.card(t.city, p, s.no), f"leader {WORKERS}", "leader office"),
    "its story": (lambda t, p, s: story.story(t.city, p, t.ticket(s.no)), f"leader {WORKERS}", "leader office"),
    "the notes of its story": (
        lambda t, p, s: [line for line in story.story(t.city, p, t.ticket(s.no)) if line.note or line.photos],
        WORKERS, "office",
    ),
    "its words": (lambda t, p, s: desk.words_for(t.city, p, t.ticket(s.no)), WORKERS, "office"),
    "its address": (lambda t, p, s: MARK in desk.place_of(t.city, p, t.ticket(s.no)), WORKERS, "office"),
    "the address of its card": (
        lambda t, p, s: (card := desk.card(t.city, p, s.no)) and card.ticket.address, WORKERS, "office",
    ),
    "the telephone number behind it": (
        lambda t, p, s: personal_data.phone_of(t.city, p, s.no),
        WORKERS,
        "office",
    ),
    "erasing what it holds of people": (
        lambda t, p, s: personal_data.erases(t.city, p, t.ticket(s.no)),
        "street office clock",
        "office clock",
    ),
    "its photo": (lambda t, p, s: photos.photo_for(t.city, p, s.photo), WORKERS, "office"),
    "its slips": (lambda t, p, s: slips.available(t.city, p, t.ticket(s.no), speak("en")), WORKERS, "office"),
    "a slip": (lambda t, p, s: slips.slip_of(t.city, p, s.no, SlipKind.ASSIGNMENT, speak("en")), WORKERS, "office"),
    "the rating's link": (
        lambda t, p, s: rating.rating_link(t.city, p, t.ticket(s.waiting), ""), "street community member", "",
    ),
    "the tickets of a grid": (
        lambda t, p, s: desk.cards(t.city, p, desk.area_of(t.city, p, s.grid), desk.wanted("open", None, 50, 0))[0],
        f"leader {WORKERS}", "leader office",
    ),
    "the figures of a grid": (
        lambda t, p, s: desk.panel(t.city, p, t.city.ground.structure.grids[s.grid]).load,
        f"leader {WORKERS} planner admin wall", "leader office department planner admin",
    ),
    "what a grid weighs": (
        lambda t, p, s: any(w.load for w in weigh(t.city, p, Level.BUILDING, t.city.measure()) if w.grid.code == s.grid),
        f"leader {WORKERS} planner admin wall", "leader office department planner admin",
    ),
    "the replay of a grid": (
        lambda t, p, s: any(
            may for grid, may in snapshots.grids_seen(t.city, p, Level.BUILDING, CITY) if grid.code == s.grid
        ),
        "leader street office community compound member planner admin wall", "leader office planner admin",
    ),
    "a wall of a community": (
        lambda t, p, s: (what := shown(t.city, p, s.community, "")) and what.unit == s.community,
        "leader street office community planner admin wall", "leader office planner admin",
    ),
    "the meetings of a community": (
        lambda t, p, s: meetings.agenda(t.city, p, s.community), "leader street office community", "leader office",
    ),
    "the four figures of a community": (
        lambda t, p, s: meetings.statistics(t.city, p, *YEAR, s.community), "leader street office community", "leader office",
    ),
    "the ledger of a community": (
        lambda t, p, s: meetings.ledger(t.city, p, *YEAR, s.community), "leader street office community", "leader office",
    ),
    "the needs of a community": (
        lambda t, p, s: needed.needs_of(t.city, p, s.community),
        "leader street office community department planner", "leader office department planner",
    ),
    "the orders of a community": (
        lambda t, p, s: ordered.orders_for(t.city, p, s.community, ended=True), "street office community", "office",
    ),
    "who placed the orders of a community": (
        lambda t, p, s: [c for c in ordered.orders_for(t.city, p, s.community, ended=True) if c.beside is not None],
        "community", "",
    ),
    "the indicators of a grid": (
        lambda t, p, s: any(r.code == s.grid for r in indicators.figures(t.city, p, *YEAR, Grouping.BUILDING)),
        "leader street office community compound member planner", "leader office planner",
    ),
}  # fmt: skip
"""Who is answered in their own area, and who in another one; everybody else is told nothing."""


@pytest.mark.parametrize("what", list(ANSWERS))
def test_a_question_is_answered_in_ones_own_area_and_not_beside_it(town: Town, what: str) -> None:
    ask, own, other = ANSWERS[what]
    for spot, expected in ((town.own, own), (town.other, other)):
        found = {who for who in EVERYBODY if answered(ask, town, town.people[who], spot)}
        assert found == set(expected.split()), spot.grid


def answered(ask: Asked, town: Town, person: Person, spot: Spot) -> bool:
    try:
        return bool(ask(town, person, spot))
    except Refused:
        return False


def unused_name(city: City) -> str:
    return f"plan {len(drafts.all_plans(city, everybody(city)['planner']))}"


def plan_in(city: City, state: PlanState) -> Plan:
    """A plan at a place of its life: the latest that nobody brought further, or one that the planner drew and sent."""
    planner, leader = (everybody(city)[login] for login in ("planner", "leader"))
    for plan in drafts.all_plans(city, planner):
        if plan.state is state and plan.from_at is None:
            return plan
    plan = drafts.branch(city, None, unused_name(city), planner).plan
    if state is not PlanState.DRAFT:
        plan = drafts.send(city, plan.id, version=plan.version, by=planner)
    if state is PlanState.APPROVED:
        plan = drafts.approve(city, plan.id, version=plan.version, by=leader)
    return plan


def on_a_draft(act: Callable[[City, Plan, Person], object]) -> Callable[[City, Person], object]:
    """Something done to a draft that can be drawn on, undone and made again."""

    def asked(city: City, person: Person) -> object:
        planner = everybody(city)["planner"]
        fresh = drafts.branch(city, None, unused_name(city), planner).plan
        first = min(draft_in_force(city).draft.grids)
        for name in ("one name", "another name"):
            fresh = drafts.edit(city, fresh.id, Rename(first, name), version=fresh.version, by=planner).plan
        fresh = drafts.undo(city, fresh.id, version=fresh.version, by=planner).plan
        return act(city, fresh, person)

    return asked


OF_A_ROLE: Mapping[str, tuple[Callable[[City, Person], object], str]] = {
    "queues": (lambda _city, p: queues.owned(p), "street office community compound"),
    "what the clock did": (lambda city, p: sweeping.latest(city, p), ""),
    "the access log": (door_book.notes, "admin"),
    "accounts": (door_book.accounts, "admin"),
    "the routing table": (table_for, "street office community planner admin"),
    "meetings to read": (meetings.readable, "leader street office community compound"),
    "what meetings assigned": (lambda city, p: p.department is None or not meetings.led(city, p), " ".join(EVERYBODY)),
    "groupings": (indicators.groupings, f"leader {WORKERS} planner"),
    "what waits now": (lambda city, p: mine.today(city, p, 5, 0).cards, WORKERS.replace("office ", "")),
    "tickets on the telephone": (lambda city, p: phone.home(city, p, "open", 1).cards, f"leader {WORKERS}"),
    "marks on the telephone's map": (
        lambda city, p: phone.own_picture(city, p, "open").count("data-no="), WORKERS,
    ),
    "the list of plans": (plan_files.list_plans, "leader planner"),
    "two plans compared": (lambda city, p: plan_comparison.compare_plans(city, None, None, by=p), "leader planner"),
    "a plan as a table": (
        lambda city, p: plan_files.file_of(city, draft_in_force(city), "csv", by=p), "leader planner",
    ),
    "a plan's boundaries": (
        lambda city, p: plan_files.file_of(city, draft_in_force(city), "geojson", level=Level.COMMUNITY, by=p),
        "leader planner",
    ),
    "a plan from a file": (
        lambda city, p: plan_files.import_sent(
            city, "p.csv", plan_files.plan_bytes(draft_in_force(city), "csv"), "a plan from a file", by=p
        ),
        "planner",
    ),
    "every plan": (drafts.all_plans, "leader planner"),
    "a plan's log": (lambda city, p: drafts.log_of(city, p, plan_in(city, PlanState.DRAFT).id), "leader planner"),
    "heads whom a plan may touch": (drafts.heads_on, "leader planner"),
    "a draft begun": (lambda city, p: drafts.branch(city, None, unused_name(city), p), "planner"),
    "a draft from a whole content": (
        lambda city, p: drafts.new_draft(
            city, unused_name(city), draft_in_force(city).draft, base=draft_in_force(city).plan, by=p, how={}
        ),
        "planner",
    ),
    "a drawing": (on_a_draft(lambda city, plan, p: drafts.edit(city, plan.id, Lock("*"), version=plan.version, by=p)), "planner"),
    "a drawing taken back": (on_a_draft(lambda city, plan, p: drafts.undo(city, plan.id, version=plan.version, by=p)), "planner"),
    "a drawing made again": (on_a_draft(lambda city, plan, p: drafts.redo(city, plan.id, version=plan.version, by=p)), "planner"),
    "a drawing in a draft of one's own": (
        on_a_draft(lambda city, plan, p: drafts.fork(city, plan.id, plan.version, Lock("*"), unused_name(city), p)),
        "planner",
    ),
    "a plan sent to review": (
        lambda city, p: (plan := plan_in(city, PlanState.DRAFT)) and drafts.send(city, plan.id, version=plan.version, by=p),
        "planner",
    ),
    "a comment on a plan": (
        lambda city, p: drafts.comment(city, plan_in(city, PlanState.IN_REVIEW).id, "Too large.", by=p), "leader planner",
    ),
    "a plan sent back": (
        lambda city, p: (plan := plan_in(city, PlanState.IN_REVIEW)) and drafts.send_back(
            city, plan.id, version=plan.version, words="Too large.", by=p
        ),
        "leader planner",
    ),
    "a plan approved that the planner drew": (
        lambda city, p: (plan := plan_in(city, PlanState.IN_REVIEW)) and drafts.approve(
            city, plan.id, version=plan.version, by=p
        ),
        "leader",
    ),
    "a plan published": (
        lambda city, p: (plan := plan_in(city, PlanState.APPROVED)) and drafts.publish(
            city, plan.id, NOON + timedelta(days=1), version=plan.version, by=p
        ),
        "planner",
    ),
    "open tickets counted": (lambda city, p: desk.figures(city, p).open, f"leader {WORKERS} planner admin wall"),
}  # fmt: skip
"""What is somebody's by their role, in their own area."""


@pytest.mark.parametrize("what", list(OF_A_ROLE))
def test_what_is_a_roles_is_no_other_roles(town: Town, what: str) -> None:
    ask, expected = OF_A_ROLE[what]
    found = {
        who for who in EVERYBODY if answered(lambda t, p, _: ask(t.city, p), town, town.people[who], town.own)
    }
    assert found == set(expected.split())


@pytest.mark.parametrize("who", EVERYBODY)
def test_whoever_asks_the_store_for_too_much_gets_what_is_theirs(town: Town, who: str) -> None:
    """An area that no page would ask for on this person's behalf."""
    person = town.people[who]
    cards, _ = desk.cards(town.city, person, desk.Area(), desk.wanted("open", None, 5_000, 0))
    structure = town.city.ground.structure
    for card in cards:
        place = (*card.ticket.located.codes, card.ticket.holder)
        mine_ = (
            card.ticket.lead == person.area
            if person.department
            else any(structure.within(c, person.area) for c in place)
        )
        assert mine_
        assert (card.words is None) is (who == "leader")
    assert bool(cards) is (who in f"leader {WORKERS}".split())
