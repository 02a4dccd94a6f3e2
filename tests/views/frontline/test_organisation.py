"""Organisation, bodies and leaders on the desk: what each role reads and may write, and that it is written."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from city.frontline import allied, organised
from city.opened import City
from domain.frontline.bodies import Duty
from domain.frontline.organisation import YEARLY_GRANT, Entry, Side
from domain.grids import CITY
from storage.frontline.records import table_of
from tests.conftest import NOON
from tests.views.test_pages import page, person, words
from tests.views.test_rights import everything


def show(monkeypatch: pytest.MonkeyPatch, city: City, login: str, part: str, **query: str) -> AppTest:
    """A part of the grids' work for somebody."""
    return page(monkeypatch, city, person(city, login), view="work", part=part, **({"lang": "en"} | query))


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def labels(test: AppTest) -> set[str]:
    return {button.label for button in test.button}


@pytest.mark.parametrize("part", ["organisation", "bodies", "leaders"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("login", ["leader", "street", "office", "community"])
def test_the_part_runs_for_whoever_it_is_for(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str, part: str, lang: str
) -> None:
    test = show(monkeypatch, demo_city, login, part, lang=lang)
    assert not test.exception and "rg-list-wrap" in words(test)


def test_a_branchs_fund_is_on_the_page_of_those_who_read_it_alone(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    branch = person(demo_city, "compound").area
    for login, reads in (
        ("compound", True),
        ("community", True),
        ("leader", True),
        ("planner", False),
        ("member", False),
    ):
        shown = words(show(monkeypatch, demo_city, login, "organisation", unit=branch))
        assert ("/receipts/" in shown, "Granted" in shown) == (reads, reads), login


def test_only_who_keeps_a_book_finds_the_forms_for_it(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    branch = person(demo_city, "compound").area
    for login, keeps in (
        ("compound", True),
        ("community", True),
        ("leader", False),
        ("street", False),
        ("planner", False),
    ):
        found = labels(show(monkeypatch, demo_city, login, "organisation", unit=branch))
        assert ({"Write it down", "Seat them", "Keep"} <= found) is keeps, login


def test_a_spending_without_its_receipt_or_its_purpose_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    test = show(monkeypatch, own_city, "compound", "organisation")
    before = organised.books_of(
        own_city, person(own_city, "compound"), person(own_city, "compound").area, NOON.year
    )
    test.number_input(key="spending-yuan").set_value(12.5)
    test = press(test, "Write it down")
    assert [each.value for each in test.error] == ["Spending needs its receipt as a picture."]
    assert (
        organised.books_of(
            own_city, person(own_city, "compound"), person(own_city, "compound").area, NOON.year
        )
        == before
    )


def test_a_line_is_taken_back_on_the_page(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    compound = person(own_city, "compound")
    spent = organised.books_of(own_city, compound, compound.area, NOON.year)[compound.area].spent
    test = show(monkeypatch, own_city, "compound", "organisation")
    line = test.selectbox(key="fund-back")
    assert all("Grant" not in option for option in line.options), "a branch does not take its grant back"
    line.set_value(_first_line(own_city))
    test = press(test, "Take the line back")
    assert not test.exception and not test.error
    assert organised.books_of(own_city, compound, compound.area, NOON.year)[compound.area].spent < spent


def _first_line(city: City) -> int:
    compound = person(city, "compound")
    lines = organised.lines_of(city, compound, compound.area, NOON.year)[compound.area]
    return next(entry.id for entry in lines if entry.has_receipt)


def test_a_community_grants_the_year_to_those_without(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    community = person(own_city, "community")
    with own_city.database.write() as connection:
        connection.execute(table_of(Entry).delete())
    test = show(monkeypatch, own_city, "community", "organisation")
    button = next(b for b in test.button if b.label.startswith("Write down the grant"))
    test = button.click().run()
    assert not test.exception
    books = organised.books_of(own_city, community, community.area, NOON.year)
    assert {book.granted for book in books.values()} == {YEARLY_GRANT}
    assert not any(b.label.startswith("Write down the grant") for b in test.button)


def test_somebody_is_seated_and_an_empty_side_is_named(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    councils = organised.councils_of(own_city, person(own_city, "office"), CITY)
    lacking = next(code for code, council in councils.items() if Side.OWNERS in council.missing)
    login = f"g{lacking}"
    test = show(monkeypatch, own_city, login, "organisation")
    assert "✕ nobody" in words(test)
    test.radio(key="seat-side").set_value(Side.OWNERS)
    test.text_input(key="seat-post").set_value("Chair")
    test.text_input(key="seat-holder").set_value(councils[lacking].seats[0].holder)
    test = press(test, "Seat them")
    assert not test.exception and "⇄ Party branch" in words(test)


def test_a_group_gets_its_centre_and_no_page_of_others_names_it(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    compound = person(own_city, "compound")
    group = organised.groups_of(own_city, compound, compound.area)[-1]
    test = show(monkeypatch, own_city, "compound", "organisation")
    test = test.selectbox(key="group-chosen").set_value(group.id).run()
    test.text_area(key=f"group-centres-{group.id}").set_value(
        "SENTINEL one\nSENTINEL two\nSENTINEL three\nfour"
    )
    test = press(test, "Keep")
    assert not test.exception and not test.error
    after = next(g for g in organised.groups_of(own_city, compound, compound.area) if g.id == group.id)
    assert (after.centres, after.version) == (4, group.version + 1)
    for login in ("leader", "street", "planner"):
        assert "SENTINEL" not in everything(
            show(monkeypatch, own_city, login, "organisation", unit=compound.area)
        )


# --- bodies and leaders -------------------------------------------------------------------------------------------


def test_a_community_promises_a_deed_and_notes_it_done(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    community = person(own_city, "community")
    (before,) = allied.bodies_of(own_city, community, community.area)
    test = press(show(monkeypatch, own_city, "community", "bodies"), "Promise it")
    assert [each.value for each in test.error] == ["Please say what is to be done."]
    test.text_input(key="deed-title").set_value("Benches")
    test.number_input(key="deed-yuan").set_value(1_200.0)
    test = press(test, "Promise it")
    assert not test.exception and "Benches" in words(test)
    (promised,) = allied.bodies_of(own_city, community, community.area)
    deed = promised.deeds[-1]
    assert (len(promised.deeds), deed.fen, deed.done_on) == (len(before.deeds) + 1, 120_000, None)
    test.selectbox(key="deed-done").set_value(deed.id)
    test = press(test, "It is done")
    assert not test.exception
    assert allied.bodies_of(own_city, community, community.area)[0].deeds[-1].done_on == organised.today(
        own_city
    )


def test_the_office_links_a_department_to_a_branch_and_ends_it(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    office, branch = person(own_city, "office"), organised.branches_in(own_city, CITY)[0]
    test = show(monkeypatch, own_city, "office", "bodies")
    test.selectbox(key="link-department").set_value("gongan")
    test.selectbox(key="link-branch").set_value(branch)
    test = press(test, "Link them")
    made = next(
        link
        for link in allied.links_of(own_city, office, CITY).branches[branch]
        if link.department == "gongan"
    )
    test.selectbox(key="link-end").set_value(made.id)
    test = press(test, "End it")
    assert not test.exception
    assert made.department not in [
        x.department for x in allied.links_of(own_city, office, CITY).branches[branch]
    ]
    assert not {"Link them", "End it"} & labels(show(monkeypatch, own_city, "community", "bodies"))


def test_a_community_notes_a_leaders_visit_and_the_leader_sees_the_quarters(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    community = person(own_city, "community")
    before = len(allied.leading(own_city, community, community.area).visits)
    test = show(monkeypatch, own_city, "community", "leaders")
    test.text_input(key="leader-what").set_value("Looked at the new lamps")
    test = press(test, "Write it down")
    assert not test.exception and not test.error
    assert len(allied.leading(own_city, community, community.area).visits) == before + 1
    leader = show(monkeypatch, own_city, "leader", "leaders")
    assert "2026Q4" in words(leader) and "✕ Visit missed" in words(leader) and "▲ Due" in words(leader)
    assert "Write it down" not in labels(leader)
    counted = allied.leading(own_city, person(own_city, "leader"), CITY)
    assert f"<b>{counted.count(Duty.MISSED)}</b>" in words(leader)
