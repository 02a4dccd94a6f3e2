"""What a working member's year is worth (年度考评): a formula of what was done, and the grade that a year was settled at.

Until a year is settled its grades follow the books; from then on they stay, whatever the books or the formula become.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from domain.frontline.records import Record
from domain.frontline.working_members import SignUp, WorkingMember
from domain.said import Said, said

LAST_MONTH = 12
"""A year is settled from its last month on."""


class Grade(StrEnum):
    """What a year is worth."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


GRADE: Mapping[Grade, Said] = {
    Grade.EXCELLENT: said("Excellent"),
    Grade.GOOD: said("Good"),
    Grade.FAIR: said("Fair"),
    Grade.POOR: said("Poor"),
}


@dataclass(frozen=True, slots=True)
class YearOf:
    """What a member did in a year: activities they came to, hours there, households they are paired with."""

    activities: int
    hours: float
    paired: int
    problems: int
    """Problems that they helped to settle."""


@dataclass(frozen=True, slots=True)
class GradeRule:
    """The formula of the grade: points for each activity, hour, paired household and problem, and where grades begin."""

    activity: float = 10
    hour: float = 10
    paired: float = 10
    problem: float = 10
    excellent: float = 90
    good: float = 60
    fair: float = 30

    def points(self, year: YearOf) -> float:
        """A year's points, a hundred at most."""
        earned = (
            self.activity * year.activities
            + self.hour * year.hours
            + self.paired * year.paired
            + self.problem * year.problems
        )
        return min(100.0, earned)

    def grade(self, year: YearOf) -> Grade:
        """The grade of a year's points."""
        points = self.points(year)
        bounds = ((self.excellent, Grade.EXCELLENT), (self.good, Grade.GOOD), (self.fair, Grade.FAIR))
        return next((grade for bound, grade in bounds if points >= bound), Grade.POOR)


def year_of(member: WorkingMember, came: Iterable[SignUp]) -> YearOf:
    """What a member did, from the sign-ups of a year; those without hours did not happen."""
    counted = [each for each in came if not each.withdrawn and each.hours]
    return YearOf(
        len(counted), sum(each.hours or 0.0 for each in counted), member.paired, sum(each.settled for each in counted)
    )  # fmt: skip


# --- settled ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class YearGrade(Record):
    """What a member's year was settled at. ``formula`` are the numbers of the rule in its order: anybody can work it out."""

    LIST: ClassVar[str] = "grades"

    member_id: int
    grid: str | None
    """The branch then, else the home."""
    year: int
    activities: int
    hours: float
    paired: int
    problems: int
    points: float
    grade: Grade
    formula: tuple[float, ...]

    @property
    def did(self) -> YearOf:
        """What the grade comes from."""
        return YearOf(self.activities, self.hours, self.paired, self.problems)


def settled_at(member: WorkingMember, year: int, did: YearOf, rule: GradeRule) -> YearGrade:
    """A member's year, settled."""
    return YearGrade(
        member_id=member.id, grid=member.branch or member.home, year=year, activities=did.activities, hours=did.hours,
        paired=did.paired, problems=did.problems, points=rule.points(did), grade=rule.grade(did), formula=astuple(rule),
    )  # fmt: skip


def refusal_to_settle(year: int, today: date) -> Said | None:
    """Why a year cannot be settled yet."""
    if (today.year, today.month) < (year, LAST_MONTH):
        return said("A year is settled from December on.")
    return None
