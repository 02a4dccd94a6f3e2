"""Party organisation of the demo city as pages show it: posts and vacancies, councils, books, receipts, colours of the map."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import update

from city.frontline import organised, places
from city.frontline.shades import SHADES
from city.opened import City
from domain.actions.organisation import keep_group, leave_seat, take_back, write_entry
from domain.frontline.organisation import YEARLY_GRANT, Book, Entry, EntryKind, Group
from domain.grids import CITY, Level
from storage.schema import heads
from tests.areas import everybody
from tests.conftest import NOON

YEAR = NOON.year


def test_every_branch_was_granted_its_year_and_spent_no_more(demo_city: City) -> None:
    office = everybody(demo_city)["office"]
    books = organised.books_of(demo_city, office, CITY, YEAR)
    assert len(books) == 105
    assert {book.granted for book in books.values()} == {YEARLY_GRANT}
    assert all(0 <= book.balance < book.granted for book in books.values())


def test_a_book_is_read_by_those_whose_it_is_alone(demo_city: City) -> None:
    people = everybody(demo_city)
    branch = people["compound"].area
    for login, reads in (
        ("compound", True),
        ("community", True),
        ("leader", True),
        ("member", False),
        ("planner", False),
    ):
        lines = organised.lines_of(demo_city, people[login], branch, YEAR)[branch]
        assert bool(lines) is reads
        spent = next(
            e for e in organised.lines_of(demo_city, people["office"], branch, YEAR)[branch] if e.has_receipt
        )
        assert (organised.receipt_of(demo_city, people[login], spent.id) is not None) is reads
    other = next(
        code
        for code in organised.branches_in(demo_city, CITY)
        if not code.startswith(people["community"].area)
    )
    foreign = organised.lines_of(demo_city, people["office"], other, YEAR)[other]
    assert organised.lines_of(demo_city, people["community"], other, YEAR)[other] == []
    assert all(organised.receipt_of(demo_city, people["community"], entry.id) is None for entry in foreign)
    assert organised.receipt_of(demo_city, people["office"], 10**9) is None


def test_a_receipt_of_the_demo_is_a_small_picture(demo_city: City) -> None:
    office = everybody(demo_city)["office"]
    lines = [
        e
        for each in organised.lines_of(demo_city, office, CITY, YEAR).values()
        for e in each
        if e.has_receipt
    ]
    body = organised.receipt_of(demo_city, office, lines[0].id)
    assert body is not None and len(body) < 4_000
    assert Image.open(io.BytesIO(body)).format == "JPEG"


def test_posts_tell_terms_and_how_many_below_have_no_head(own_city: City) -> None:
    people = everybody(own_city)
    community, member = people["community"].area, people["member"].area
    with own_city.database.write() as connection:
        connection.execute(update(heads).where(heads.c.grid == member).values(until=NOON))
    own_city.look_again()
    posts = {post.grid.code: post for post in organised.posts(own_city, community)}
    own = posts[community]
    assert own.organisation and len(own.running) == 1 and own.running[0].since
    over = own_city.ground.structure.above(member)
    assert posts[str(over)].vacant_below == own.vacant_below == 1
    lowest = organised.posts(own_city, member)[0]
    assert lowest.running == () and len(lowest.former) == 1
    assert len(organised.posts(own_city, CITY)) == 18


def test_councils_show_who_sits_on_two_sides_and_which_side_is_empty(own_city: City) -> None:
    people = everybody(own_city)
    councils = organised.councils_of(own_city, people["office"], CITY)
    assert len(councils) == 105
    assert any(council.across for council in councils.values())
    assert any(council.missing for council in councils.values())
    grid = people["compound"].area
    before = councils[grid]
    seat = before.seats[0]
    leave_seat(own_city.store, own_city.rulebook, seat.id, organised.today(own_city), version=1, by=people["compound"], now=NOON)  # fmt: skip
    assert seat not in organised.council_at(own_city, grid).seats
    assert len(organised.council_at(own_city, grid).seats) == len(before.seats) - 1


def test_groups_without_a_centre_come_first_and_who_the_centres_are_is_heard_by_few(own_city: City) -> None:
    people = everybody(own_city)
    rows = organised.groups_of(own_city, people["leader"], CITY)
    assert len(rows) == 382 and rows[0].lacks_centre and not rows[-1].lacks_centre
    group = keep_group(
        own_city.store, own_city.rulebook, Group(grid=people["member"].area, name="甲组"), "3号楼 王", by=people["compound"], now=NOON
    )  # fmt: skip
    heard = {login for login in people if organised.centres_of(own_city, people[login], group)}
    assert {"community", "compound", "member"} <= heard and not heard & {
        "leader",
        "street",
        "office",
        "planner",
    }


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("name", ["centres", "fund"])
def test_every_grid_has_its_number_for_the_map(demo_city: City, name: str, level: Level) -> None:
    shaded = next(each for each in SHADES if each.shade.name == name)
    numbers = shaded.numbers(demo_city, level)
    assert numbers.keys() == {grid.code for grid in demo_city.ground.structure.at_level(level)}
    assert all(0 <= n <= 100 for n in numbers.values()) and max(numbers.values()) > 0


def test_spending_moves_the_colour_of_its_branch(own_city: City) -> None:
    people = everybody(own_city)
    branch = people["compound"].area
    book = organised.books_of(own_city, people["compound"], branch, YEAR)[branch]
    rest = Entry(
        grid=branch,
        year=YEAR,
        kind=EntryKind.SPENDING,
        fen=book.balance,
        what="–",
        day=organised.today(own_city),
    )
    spent = write_entry(own_city.store, own_city.rulebook, rest, b"\xff\xd8", by=people["compound"], now=NOON)
    assert organised.left_by_grid(own_city, Level.COMPOUND)[branch] == 0
    take_back(own_city.store, own_city.rulebook, spent.id, by=people["compound"], now=NOON)
    assert (
        Book.of(organised.lines_of(own_city, people["compound"], branch, YEAR)[branch]).balance
        == book.balance
    )


def test_every_building_of_the_demo_lies_in_a_group(demo_city: City) -> None:
    office = everybody(demo_city)["office"]
    grouped = {code for group in organised.groups_of(demo_city, office, CITY) for code in group.buildings}
    assert grouped == set(places.buildings(demo_city).by_code)
