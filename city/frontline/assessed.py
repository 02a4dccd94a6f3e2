"""The yearly assessment as pages, papers and files show it: how many answered, what came out, that it can be computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from city.opened import City
from city.qr import qr_of
from city.spreadsheets import Cell, Sheet
from city.words import Words
from domain.actions.assessment import NO_LINK, USED
from domain.frontline.assessment import (
    LEAST_ANSWERS,
    Answer,
    Channel,
    Invitation,
    Round,
    RoundState,
    Score,
    hash_of_answers,
    hash_of_scores,
    scores_of,
)
from domain.frontline.rights import may_read, reads_unit
from domain.grids import CITY
from domain.links import hash_of
from domain.people import Person, Role
from domain.said import Refused, said
from storage.frontline.records import those


def rounds(city: City) -> list[Round]:
    """Every round, the newest first."""
    with city.database.read() as connection:
        return sorted(those(connection, Round), key=lambda round_: round_.year, reverse=True)


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many answered in one community, by channel, and how many links are still out."""

    community: str
    by_channel: dict[Channel, int]
    links_out: int

    @property
    def n(self) -> int:
        return sum(self.by_channel.values())

    @property
    def missing(self) -> int:
        """How many more make it valid."""
        return max(0, LEAST_ANSWERS - self.n)


def turnout(city: City, person: Person, round_: Round) -> list[Turnout]:
    """The turnout of each community that this person may look at."""
    structure = city.ground.structure
    with city.database.read() as connection:
        answers = those(connection, Answer, round_id=round_.id)
        links = those(connection, Invitation, round_id=round_.id, used=False)
    given = Counter((answer.community, answer.channel) for answer in answers)
    out = Counter(link.community for link in links)
    return [
        Turnout(community, {channel: given[community, channel] for channel in Channel}, out[community])
        for community in round_.communities
        if reads_unit(person, Answer.LIST, community, structure)
    ]


def scores(city: City, person: Person, round_: Round) -> list[Score]:
    """What came out so far, as far as it is this person's: a department sees its own, a community its own. The figures of an
    open round are for those alone who hold it."""
    if not may_read(person, Round.LIST):
        return []
    if round_.state is RoundState.OPEN and person.role not in (Role.CITY_OFFICE, Role.LEADER):
        return []
    with city.database.read() as connection:
        found = scores_of(round_, those(connection, Answer, round_id=round_.id))
    return [score for score in found if _is_theirs(city, person, score)]


def _is_theirs(city: City, person: Person, score: Score) -> bool:
    if person.role is Role.DEPARTMENT:
        return score.department == person.area
    if score.community is None:
        return reads_unit(person, Round.LIST, CITY, city.ground.structure)
    return reads_unit(person, Round.LIST, score.community, city.ground.structure)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A frozen round computed again: the same answers, the same scores?"""

    same_answers: bool
    same_scores: bool


def recomputed(city: City, round_: Round) -> Recomputed:
    """Compute a frozen round again from the answers that are kept."""
    with city.database.read() as connection:
        answers = those(connection, Answer, round_id=round_.id)
    return Recomputed(
        hash_of_answers(answers) == round_.inputs,
        hash_of_scores(scores_of(round_, answers)) == round_.results,
    )


# --- the questionnaire -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What a link asks: the community, and the departments to be scored with their names."""

    year: int
    community: str
    departments: tuple[tuple[str, str, str], ...]
    """Code, Chinese name, English name."""


def questionnaire(city: City, token: str) -> Questionnaire:
    """What this link asks.

    Raises:
        Refused: when it is none, was used, or its round is closed.
    """
    with city.database.read() as connection:
        links = those(connection, Invitation, token=hash_of(token))
        if not links:
            raise Refused(NO_LINK)
        (round_,) = those(connection, Round, id=links[0].round_id)
    if links[0].used:
        raise Refused(USED)
    if round_.state is not RoundState.OPEN:
        raise Refused(said("This round is closed."))
    named = ((code, *city.department(code)) for code in round_.asked_in(links[0].community))
    return Questionnaire(round_.year, city.ground.structure.name(links[0].community), tuple(named))


def slips(tokens: Sequence[str], base: str) -> list[tuple[str, str]]:
    """Each link with its QR code as SVG, to be printed and cut."""
    addresses = [f"{base}/public/assess/{token}" for token in tokens]
    return [(address, qr_of(address)) for address in addresses]


# --- the file for the appraisal ------------------------------------------------------------------------------------


def sheet_of(city: City, round_: Round, found: Sequence[Score], say: Words) -> Sheet:
    """Scores for the departments' yearly appraisal, with how they came about."""
    titles: list[Cell] = [
        say("Year"), say("Department code"), say("Department"), say("Community"), say("Answers"), say("Score"), say("± (95%)"),
        say("Valid"), say("Formula"), say("Answers' hash"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            round_.year, score.department, say.pick(*city.department(score.department)),
            city.ground.structure.name(score.community) if score.community else say("all its communities"), score.n,
            f"{score.mean:.2f}" if score.mean is not None else "", f"{score.half:.2f}" if score.half is not None else "",
            say("yes") if score.is_valid else say("not valid"), round_.formula, round_.inputs,
        ]
        for score in found
    ]  # fmt: skip
    return Sheet(say("Assessment {year}", year=round_.year), [titles, *rows])
