"""The two forms of a working member: the registration form (双报到登记表) and the feedback form (意见反馈表).

They are laid out by Word templates that a city edits, as slips are. What nobody told is left to be filled in by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from babel.dates import format_date

from city.access import note_access, watching
from city.frontline import mustered
from city.frontline.mustered import Graded
from city.opened import City
from city.own_facts import city_name
from city.slip_files import docx_of, template_of
from city.slip_rows import LOCALES, NONE, Field, a_choice, a_day, a_line, long_lines
from city.slips import Slip
from city.words import Words
from domain.frontline.grades import GRADE, Grade
from domain.frontline.records import Beside
from domain.frontline.working_members import POSTS, TEAMS, ZONES, Activity, SignUp, WorkingMember, hears
from domain.people import Person
from domain.said import Refused, Said, said
from storage.frontline.records import besides, those
from storage.lists import events_of


class FormKind(StrEnum):
    """The forms that go between a branch and a member's department."""

    REGISTRATION = "registration"
    YEAR = "member_feedback"


TITLE: Mapping[FormKind, Said] = {
    FormKind.REGISTRATION: said("Registration form of a working member"),
    FormKind.YEAR: said("Feedback form of a working member"),
}

SIGNATURES = (said("The member"), said("The department's Party organisation"), said("The branch"))

NOT_KNOWN = said("There is no such member in your area.")

DAYS = {"zh": "yyyy年M月d日", "en": "d MMM yyyy"}


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a form tells of."""

    city: City
    say: Words
    member: WorkingMember
    who: Beside
    year: int
    graded: Graded
    came: Sequence[tuple[Activity, SignUp]]
    feedback: str | None

    def unit(self, code: str | None) -> str | None:
        structure = self.city.ground.structure
        return structure.name(structure.today(code)) if code else None

    def day(self, day: date | None) -> str | None:
        return format_date(day, DAYS[self.say.lang], locale=LOCALES[self.say.lang]) if day else None

    def one_of(self, value: str | None, titles: Mapping[str, Said]) -> str | None:
        return self.say.of(titles[value]) if value is not None and value in titles else None

    @property
    def activities(self) -> str:
        lines = [
            self.say(
                "{day} {title}, {hours} hours", day=f"{a.begins.astimezone(self.city.zone):%m-%d}", title=a.title,
                hours=f"{s.hours:g}",
            )
            for a, s in self.came
        ]  # fmt: skip
        return "\n".join(lines) or NONE


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a form: its tag and label, how it is read, and what stands there to be filled in."""

    tag: str
    label: Said
    read: Callable[[Told], str | None] = lambda _told: None
    blank: Callable[[Words], str] = a_line
    wide: bool = False

    def field(self, say: Words, told: Told | None) -> Field:
        return Field(
            self.tag, say.of(self.label), self.read(told) if told else None, self.blank(say), self.wide
        )


WHO = (
    Row("name", said("Full name"), lambda told: told.who.name or None),
    Row("number", said("Number"), lambda told: told.member.number or None),
    Row("department", said("Department"), lambda told: told.say.pick(*told.city.department(told.member.department)), wide=True),
    Row("branch", said("Branch"), lambda told: told.unit(told.member.branch), wide=True),
)  # fmt: skip
"""What both forms say first."""

ROWS: Mapping[FormKind, tuple[Row, ...]] = {
    FormKind.REGISTRATION: (
        *WHO,
        Row("duty", said("Duty at work")),
        Row("joined", said("In the Party since"), blank=a_day),
        Row("phone", said("Telephone"), lambda told: told.who.phone or None),
        Row("home", said("Home"), lambda told: told.unit(told.member.home)),
        Row("since", said("Checked in on"), lambda told: told.day(told.member.since), a_day),
        Row("paired", said("Paired households"), lambda told: str(told.member.paired) if told.member.paired else None),
        Row("post", said("Post"), lambda told: told.one_of(told.member.post, POSTS)),
        Row("team", said("Volunteer team"), lambda told: told.one_of(told.member.team, TEAMS)),
        Row("zone", said("Responsibility zone"), lambda told: told.one_of(told.member.zone, ZONES)),
        Row("study_group", said("Study group"), lambda told: told.member.study_group),
        Row("skills", said("Skills, and what the member would like to do"), blank=long_lines, wide=True),
        Row("department_says", said("Opinion of the department's Party organisation"), blank=long_lines, wide=True),
        Row("branch_says", said("Opinion of the branch"), blank=long_lines, wide=True),
    ),
    FormKind.YEAR: (
        *WHO,
        Row("year", said("Year"), lambda told: str(told.year)),
        Row("post", said("Post"), lambda told: told.one_of(told.member.post, POSTS)),
        Row("activities", said("Activities"), lambda told: str(told.graded.year.activities)),
        Row("hours", said("Hours"), lambda told: f"{told.graded.year.hours:g}"),
        Row("paired", said("Paired households"), lambda told: str(told.graded.year.paired)),
        Row("problems", said("Problems settled"), lambda told: str(told.graded.year.problems)),
        Row("list", said("What the member took part in"), lambda told: told.activities, long_lines, wide=True),
        Row("points", said("Points"), lambda told: f"{told.graded.points:g}"),
        Row("grade", said("Grade of the year"), lambda told: told.say.of(GRADE[told.graded.grade]), a_choice(*(GRADE[g] for g in Grade))),
        Row("branch_says", said("Opinion of the branch"), lambda told: told.feedback, long_lines, wide=True),
        Row("community_says", said("Opinion of the community's Party committee"), blank=long_lines, wide=True),
        Row("department_says", said("Opinion of the department's Party organisation"), blank=long_lines, wide=True),
    ),
}  # fmt: skip
"""What each form says, in order; the tags are those of its template."""


def form_of(city: City, person: Person, number: int, kind: FormKind, year: int, say: Words) -> Slip:
    """A member's form in the person's language.

    Raises:
        Refused: when there is no such member of whom this person may know.
    """
    told = _told(city, person, number, year, say)
    printed = say(
        "Printed by {who}, {moment}",
        who=person.name,
        moment=told.day(city.now().astimezone(city.zone).date()),
    )
    return _form(kind, say, told, city=city_name(city, say), printed=printed)


def word_file(city: City, person: Person, number: int, kind: FormKind, year: int, say: Words) -> bytes:
    """A member's form as the city's template lays it out; that it was taken is noted first.

    Raises:
        Refused: when there is no such member of whom this person may know.
        BadInput: when the template cannot be used.
    """
    with watching(city, person, "member form", str(number)):
        form = form_of(city, person, number, kind, year, say)
    note_access(city, "exported", by=person, what="member form", kind=kind.value, member=number)
    return docx_of(form, template_of(city, kind, say.lang))


def blank_form(kind: FormKind, say: Words) -> Slip:
    """A form that tells of nobody: what a template is drawn from."""
    return _form(kind, say, None, city="", printed="")


def _form(kind: FormKind, say: Words, told: Told | None, *, city: str, printed: str) -> Slip:
    fields = tuple(row.field(say, told) for row in ROWS[kind])
    no = f"{told.member.department}-{told.member.number or told.member.id}" if told else ""
    return Slip(
        kind,
        say.lang,
        city,
        say.of(TITLE[kind]),
        no,
        fields,
        tuple(say.of(line) for line in SIGNATURES),
        printed,
    )


def _told(city: City, person: Person, number: int, year: int, say: Words) -> Told:
    with city.database.read() as connection:
        found = those(connection, WorkingMember, id=number)
        if not found or not hears(person, found[0], city.ground.structure):
            raise Refused(NOT_KNOWN)
        member = found[0]
        who = besides(connection, WorkingMember.LIST, [number]).get(number, Beside())
        told = [
            note
            for event, note in events_of(connection, member.stream)
            if event.kind == "feedback" and event.facts.get("feedback") == year
        ]
    rows = [row for row in mustered.came_in(city, year).get(number, ()) if row.hours]
    with city.database.read() as connection:
        held = {a.id: a for a in those(connection, Activity, id=frozenset(row.activity_id for row in rows))}
    (graded,) = mustered.grades_of(city, [member], year)
    came = sorted(((held[row.activity_id], row) for row in rows), key=lambda pair: pair[0].begins)
    return Told(city, say, member, who, year, graded, came, told[-1] if told else None)
