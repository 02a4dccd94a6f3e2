"""The slips: what each says, when it exists, who may print it, and the Word templates that a city edits."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from docx import Document
from sqlalchemy import select

from city.opened import City
from city.settings import HOME
from city.slip_files import docx_of, template_of
from city.slip_rows import ROWS, limit_in_words
from city.slips import NotReached, SlipKind, blank_slip, slip_of
from city.words import LANGUAGES, speak
from domain.clocks import Limit
from domain.grids import CITY
from domain.needs import GRADES
from domain.people import Person, Role
from domain.said import BadInput, Refused
from domain.tickets import State, Ticket
from storage.lists import words_of
from storage.schema import ratings, tickets
from storage.tickets import ticket_from

OFFICE = Person(1, "Zhou", Role.CITY_OFFICE, CITY)
KINDS = [(kind, lang) for kind in SlipKind for lang in LANGUAGES]


def a_ticket(city: City, state: State, *, live: bool = True, rated: bool = False) -> Ticket:
    statement = select(tickets).where(
        tickets.c.state == state.value, tickets.c.live.is_(live), tickets.c.parent_id.is_(None)
    )
    if rated:
        statement = statement.where(
            tickets.c.id.in_(select(ratings.c.ticket_id).where(ratings.c.grade.is_not(None))),
            tickets.c.lead.is_not(None),
        )
    with city.database.read() as connection:
        return ticket_from(connection.execute(statement.limit(1)).one())


def texts(document: bytes) -> str:
    page = Document(io.BytesIO(document))
    cells = [cell.text for table in page.tables for row in table.rows for cell in row.cells]
    foot = [paragraph.text for paragraph in page.sections[0].footer.paragraphs]
    return "\n".join([*(paragraph.text for paragraph in page.paragraphs), *cells, *foot])


@pytest.mark.parametrize(("kind", "lang"), KINDS)
def test_a_rated_ticket_has_every_slip_as_a_word_file_in_both_languages(
    demo_city: City, kind: SlipKind, lang: str
) -> None:
    ticket, say = a_ticket(demo_city, State.CLOSED, rated=True), speak(lang)
    slip = slip_of(demo_city, OFFICE, ticket.no, kind, say)
    written = texts(docx_of(slip, template_of(demo_city, kind, lang)))
    category = demo_city.category(ticket.category)
    assert slip.title in written and ticket.no in written
    assert say.pick(category.zh, category.en) in written and ticket.address in written
    assert all(field.label in written and field.text in written for field in slip.fields)
    assert "{{" not in written and "Zhou" in written


def test_what_is_known_is_told_and_the_rest_is_left_to_be_filled_in_by_hand(demo_city: City) -> None:
    ticket = a_ticket(demo_city, State.DISPATCHED)
    slip = slip_of(demo_city, OFFICE, ticket.no, SlipKind.ASSIGNMENT, speak("en"))
    told = {field.tag: field for field in slip.fields}
    with demo_city.database.read() as connection:
        assert told["description"].value == words_of(connection, [ticket.id])[ticket.id].description
    assert told["lead"].value == demo_city.department(ticket.lead or "")[1]
    assert told["handle_by"].value and told["sign_by"].value and told["dispatched_by"].value
    assert told["signed"].value is None and set(told["signed"].text) <= set("_/ ")


def test_the_deadlines_are_those_of_the_ticket(demo_city: City) -> None:
    say = speak("en")
    for state in (State.DISPATCHED, State.IN_PROGRESS, State.AWAITING_CHECK):
        ticket = a_ticket(demo_city, state)
        slip = slip_of(demo_city, OFFICE, ticket.no, SlipKind.ASSIGNMENT, say)
        assert ticket.handle_by is not None
        local = ticket.handle_by.astimezone(demo_city.zone)
        assert f"{local.day} {local:%b %Y %H:%M}" in slip.tags["handle_by"]
    on_hold = a_ticket(demo_city, State.ON_HOLD)
    slip = slip_of(demo_city, OFFICE, on_hold.no, SlipKind.ASSIGNMENT, say)
    assert slip.tags["handle_by"] == say("paused")


def test_a_rating_that_nobody_gave_yet_is_a_row_of_boxes(demo_city: City) -> None:
    ticket, say = a_ticket(demo_city, State.AWAITING_RATING), speak("zh")
    slip = slip_of(demo_city, OFFICE, ticket.no, SlipKind.RATING, say)
    assert slip.tags["grade"] == "\u2003".join(f"□\u00a0{say.of(grade)}" for grade in GRADES.values())
    assert "非常不满意" in slip.tags["grade"] and "满意数" not in slip.tags["grade"]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.RAISED, SlipKind.ASSIGNMENT), (State.ACCEPTED, SlipKind.ASSIGNMENT), (State.DISPATCHED, SlipKind.FEEDBACK),
        (State.RAISED, SlipKind.FEEDBACK), (State.RAISED, SlipKind.RATING), (State.AWAITING_CHECK, SlipKind.RATING),
    ],
)  # fmt: skip
def test_no_slip_exists_before_its_step(demo_city: City, state: State, kind: SlipKind) -> None:
    ticket = a_ticket(demo_city, state)
    if state is State.AWAITING_CHECK and ticket.cycle > 1:
        pytest.skip("asked in an earlier cycle")
    with pytest.raises(NotReached, match=r"^There is no .* slip yet: .*\.$"):
        slip_of(demo_city, OFFICE, ticket.no, kind, speak("en"))


def test_a_slip_is_printed_by_those_alone_who_may_read_the_words(demo_city: City) -> None:
    ticket, say = a_ticket(demo_city, State.DISPATCHED), speak("en")
    other = next(c for c in demo_city.ground.departments if c != ticket.lead)
    assert slip_of(
        demo_city, Person(2, "D", Role.DEPARTMENT, ticket.lead or ""), ticket.no, SlipKind.ASSIGNMENT, say
    )
    strangers = [
        Person(3, "L", Role.LEADER), Person(4, "A", Role.ADMINISTRATOR), Person(5, "P", Role.PLANNER),
        Person(6, "D", Role.DEPARTMENT, other),
        *(Person(7, "C", Role.COMMUNITY, g.code) for g in demo_city.ground.structure.grids.values()
          if g.parent is not None and g.code not in (*ticket.located.codes, ticket.holder) and g.level == 1),
    ]  # fmt: skip
    for person in strangers:
        with pytest.raises(Refused) as refused:
            slip_of(demo_city, person, ticket.no, SlipKind.ASSIGNMENT, say)
        assert not isinstance(refused.value, NotReached)


@pytest.mark.parametrize(("kind", "lang"), KINDS)
def test_every_row_has_its_tag_in_the_template_that_comes_with_the_project(kind: SlipKind, lang: str) -> None:
    written = texts((HOME / "data" / "slips" / f"{kind.value}.{lang}.docx").read_bytes())
    say = speak(lang)
    assert all(f"{{{{ {row.tag} }}}}" in written and say.of(row.label) in written for row in ROWS[kind])


def test_what_a_resident_wrote_is_text_and_never_a_command(demo_city: City, tmp_path: Path) -> None:
    slip = blank_slip(SlipKind.FEEDBACK, speak("zh"))
    done = next(field for field in slip.fields if field.tag == "done")
    nasty = "<w:p/> & {{ no }} {% raw %}\x07\x0c\x00 一\n二"
    fields = tuple(type(done)("done", "", nasty, "", True) if f.tag == "done" else f for f in slip.fields)
    told = type(slip)(slip.kind, "zh", "", "", "", fields, (), "")
    written = texts(docx_of(told, HOME / "data" / "slips" / "feedback.zh.docx"))
    assert "<w:p/> & {{ no }} {% raw %} 一\n二" in written


def edited(tmp_path: Path, text: str) -> Path:
    page = Document(str(HOME / "data" / "slips" / "assignment.zh.docx"))
    page.add_paragraph(text)
    page.save(str(tmp_path / "assignment.zh.docx"))
    return tmp_path / "assignment.zh.docx"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ telephone }}", "assignment.zh.docx: this slip knows no tag {{ telephone }}."),
        ("{{ no }", "assignment.zh.docx: the tag {{ no } cannot be read"),
        ("{% if %}", "assignment.zh.docx: the tag {% if %} cannot be read"),
        ("{{ no.wide }}", "assignment.zh.docx: the tag {{ no.wide }} cannot be read"),
        (
            "{{ no.__class__.__mro__ }}",
            "assignment.zh.docx: the tag {{ no.__class__.__mro__ }} cannot be read",
        ),
    ],
)
def test_a_template_with_a_tag_that_means_nothing_is_refused_in_one_sentence(
    tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(BadInput) as refused:
        docx_of(blank_slip(SlipKind.ASSIGNMENT, speak("zh")), edited(tmp_path, text))
    assert str(refused.value).startswith(why) and "\n" not in str(refused.value)


def test_a_template_that_is_no_word_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    slip = blank_slip(SlipKind.ASSIGNMENT, speak("zh"))
    (tmp_path / "text.docx").write_text("no Word file")
    with zipfile.ZipFile(tmp_path / "empty.docx", "w") as packed:
        packed.writestr("a.txt", "a")
    for name in ("text.docx", "empty.docx", "missing.docx"):
        with pytest.raises(BadInput, match=f"^{name}: is no Word file that can be read"):
            docx_of(slip, tmp_path / name)


def test_a_citys_own_template_goes_before_the_one_that_comes_with_the_project(
    demo_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slips").mkdir()
    own = edited(tmp_path / "slips", "本市自定：{{ lead }}")
    monkeypatch.setattr(demo_city.settings, "data", tmp_path)
    assert template_of(demo_city, SlipKind.ASSIGNMENT, "zh") == own
    assert template_of(demo_city, SlipKind.ASSIGNMENT, "en").is_relative_to(HOME)


@pytest.mark.parametrize(
    ("hours", "around", "words"),
    [(37.5, False, "5 working days"), (4, False, "4 working hours"), (24, True, "24 hours, around the clock"), (11.25, False, "1.5 working days")],
)  # fmt: skip
def test_a_limit_is_said_in_working_days_or_hours(hours: float, around: bool, words: str) -> None:
    day = timedelta(hours=7.5)
    assert limit_in_words(Limit(timedelta(hours=hours), around), day, speak("en")) == words
