"""What a city says of itself: its name, and how many people live in it, whom nobody can count here."""

from __future__ import annotations

from collections.abc import Mapping

from city.access import note_within
from city.opened import City
from city.words import Words
from domain.said import BadInput, Said, said
from storage.facts import bump_revision, write_fact

NAME, NAME_EN = "city_name", "city_name_en"
RESIDENTS, REGISTERED = "residents", "registered"

FACTS: Mapping[str, Said] = {
    NAME: said("Name of the city"),
    NAME_EN: said("Its name in English"),
    RESIDENTS: said("Residents"),
    REGISTERED: said("Registered residents"),
}
"""What is told, and what to call it."""

LONGEST = 40
"""Characters of a city's name."""


def city_name(city: City, say: Words) -> str:
    """What the city is called in a language."""
    facts = city.ground.facts
    return say.pick(str(facts.get(NAME, "")), str(facts.get(NAME_EN, "")))


def own_facts(city: City) -> dict[str, object]:
    """What was told so far."""
    return {name: city.ground.facts[name] for name in FACTS if city.ground.facts.get(name) not in (None, "")}


def tell_facts(city: City, told: Mapping[str, str | int]) -> None:
    """Keep facts; opened programs show them at once, and the log of the city's day notes which were told.

    Raises:
        BadInput: when a name is empty or too long, or a number is less than nothing.
    """
    for value in told.values():
        if isinstance(value, str) and not 0 < len(value.strip()) <= LONGEST:
            raise BadInput(said("A name has 1 to {n} characters.", n=LONGEST))
        if isinstance(value, int) and value < 0:
            raise BadInput(said("A number is not less than nothing."))
    with city.database.write() as connection:
        for name, value in told.items():
            write_fact(connection, name, value.strip() if isinstance(value, str) else value)
        bump_revision(connection)
        note_within(connection, city, "brought_in", by=None, what="facts", changed=len(told))
    city.look_again()
