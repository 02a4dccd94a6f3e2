"""Route a case by an ordered table: which department leads, who assists, within which time – and because of which rule.

The first rule that matches wins. Where a rule names several departments, one that is linked to the community of the
case goes first. What is wrong with a table is found by counting it out: every category, everywhere, urgent or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from domain.categories import Category
from domain.clocks import Limit
from domain.findings import Finding, Severity
from domain.grids import CITY, Level, Structure
from domain.said import Both, Said, said

OWN = "category"
"""In a rule's ``lead``: the department that the category itself names."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be routed. ``units`` lead from the smallest grid up to the city office; ``level`` is that grid's
    level, None for what lies in no grid."""

    category: Category
    level: Level | None
    urgent: bool
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. An empty set, or None for ``urgent``, matches everything.

    ``lead`` lists departments in order of preference; ``skips_compound`` lets a member hand such a matter straight
    up to the community.
    """

    name: str
    because: Both
    categories: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    levels: frozenset[Level] = frozenset()
    urgent: bool | None = None
    areas: frozenset[str] = frozenset()
    lead: tuple[str, ...] = (OWN,)
    assistants: tuple[str, ...] = ()
    limit: Limit | None = None
    skips_compound: bool = False

    def matches(self, case: Case) -> bool:
        """Is this the rule for this case?"""
        return (
            self.matches_category(case.category)
            and self.urgent in (None, case.urgent)
            and self.matches_place(case.level, case.units)
        )

    def matches_category(self, category: Category) -> bool:
        in_group = not self.groups or category.group in self.groups
        return in_group and (not self.categories or category.code in self.categories)

    def matches_place(self, level: Level | None, units: tuple[str, ...]) -> bool:
        in_area = not self.areas or not self.areas.isdisjoint(units)
        return in_area and (not self.levels or level in self.levels)


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a case goes. ``lead`` is None where no department is named: then the holder settles it or hands it up.

    ``rule`` is the rule's name, empty where no rule matched; ``because`` tells the way to the answer, step by step.
    """

    lead: str | None
    assistants: tuple[str, ...]
    limit: Limit | None
    skips_compound: bool
    rule: str
    because: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """The rules in their order."""

    rules: tuple[Rule, ...] = ()

    def route(self, case: Case, links: Mapping[str, frozenset[str]]) -> Routed:
        """Where a case goes. ``links`` says which departments are linked to a community."""
        rule = next((rule for rule in self.rules if rule.matches(case)), None)
        named = _named(rule.lead if rule else (OWN,), case.category)
        near = frozenset[str]().union(*(links.get(unit, ()) for unit in case.units))
        lead = next((code for code in named if code in near), named[0] if named else None)
        why = (
            said("Rule {rule}: {because}", rule=rule.name, because=rule.because)
            if rule
            else said("No rule of the table matches: the category's own department and limit hold.")
        )
        return Routed(
            lead=lead,
            assistants=tuple(code for code in rule.assistants if code != lead) if rule else (),
            limit=(rule and rule.limit) or case.category.limit,
            skips_compound=bool(rule and rule.skips_compound),
            rule=rule.name if rule else "",
            because=(why, _about_links(lead, near)),
        )


def _named(lead: tuple[str, ...], category: Category) -> list[str]:
    codes = (category.department if code == OWN else code for code in lead)
    return list(dict.fromkeys(code for code in codes if code))


def _about_links(lead: str | None, near: frozenset[str]) -> Said:
    if lead is None:
        return said("No department is named: the holder settles it or hands it up.")
    if lead in near:
        return said("The lead department is linked to the community and goes first.")
    return said("No department named here is linked to the community: the first one named leads.")


# --- what is wrong with a table ---------------------------------------------------------------------------


def findings(
    table: RoutingTable,
    categories: Mapping[str, Category],
    groups: Collection[str],
    departments: Collection[str],
    areas: Structure,
) -> list[Finding]:
    """Everything wrong with a table: names that nobody knows, and rules that no case can reach.

    An area nobody knows is a warning – a redraw retires codes, and every case still goes somewhere. A city that keeps
    no list of departments is told so once, in a note, rather than at every rule.
    """
    found, misnamed = [], set()
    for rule in table.rules:
        unknown = list(_unknown(rule, categories, groups, areas))
        misnamed |= {rule.name} if unknown else set()
        found += unknown + (list(_unknown_departments(rule, departments)) if departments else [])
    if table.rules and not departments:
        words = said("This city keeps no list of departments: what the rules name cannot be checked.")
        found.append(Finding("no_departments", Severity.NOTE, words))
    # A rule that matches nothing because of a name nobody knows has been found already.
    unreached = _out_of_reach(table, categories, areas)
    return found + [f for name, f in unreached if not (f.check == NOTHING and name in misnamed)]


NOTHING = "matches_nothing"


def _unknown(
    rule: Rule, categories: Collection[str], groups: Collection[str], areas: Structure
) -> Iterator[Finding]:
    for code in sorted(rule.categories - set(categories)):
        words = said("Rule {rule} names the category {code}: there is none.", rule=rule.name, code=code)
        yield Finding("unknown_category", Severity.ERROR, words)
    for code in sorted(rule.groups - set(groups)):
        words = said("Rule {rule} names the group {code}: there is none.", rule=rule.name, code=code)
        yield Finding("unknown_group", Severity.ERROR, words)
    for code in sorted(area for area in rule.areas if area not in areas):
        words = said("Rule {rule} names the area {code}: there is none.", rule=rule.name, code=code)
        yield Finding("unknown_area", Severity.WARNING, words, (code,))


def _unknown_departments(rule: Rule, departments: Collection[str]) -> Iterator[Finding]:
    for code in dict.fromkeys((*rule.lead, *rule.assistants)):
        if code not in departments and code != OWN:
            words = said("Rule {rule} names the department {code}: there is none.", rule=rule.name, code=code)
            yield Finding("unknown_department", Severity.ERROR, words)


Kind = tuple[str, bool]
"""A category's code, and whether the case is urgent."""


def _out_of_reach(
    table: RoutingTable, categories: Mapping[str, Category], areas: Structure
) -> Iterator[tuple[str, Finding]]:
    """Rules, by name, that match nothing, and rules whose every case an earlier one takes.

    The places of a city are the bits of a number, so that "everywhere this rule holds, less what is taken" is one
    subtraction for each kind of case: exact, also where it takes several rules to shadow one.
    """
    places = _places(areas)
    taken: dict[Kind, list[tuple[str, int]]] = {}
    for rule in table.rules:
        wanted = _wanted(rule, categories, places)
        earlier = {
            name for kind, bits in wanted.items() for name, theirs in taken.get(kind, ()) if bits & theirs
        }
        left = {kind: _less(bits, taken.get(kind, ())) for kind, bits in wanted.items()}
        if not any(wanted.values()):
            words = said("Rule {rule} matches nothing: its conditions exclude one another.", rule=rule.name)
            yield rule.name, Finding(NOTHING, Severity.WARNING, words)
        elif not any(left.values()):
            names = ", ".join(r.name for r in table.rules if r.name in earlier)
            words = said(
                "Rule {rule} is never reached: {earlier} before it takes all its cases.",
                rule=rule.name,
                earlier=names,
            )
            yield rule.name, Finding("shadowed", Severity.WARNING, words)
        for kind, bits in left.items():
            taken.setdefault(kind, []).append((rule.name, bits))


def _places(areas: Structure) -> list[tuple[Level | None, tuple[str, ...]]]:
    """Every place where a case may lie: in each grid, be it the smallest there, and in none."""
    return [(None, (CITY,)), *((g.level, areas.chain(g.code)) for g in areas.grids.values())]


def _wanted(
    rule: Rule, categories: Mapping[str, Category], places: list[tuple[Level | None, tuple[str, ...]]]
) -> dict[Kind, int]:
    where = sum(1 << n for n, (level, units) in enumerate(places) if rule.matches_place(level, units))
    kinds = (c.code for c in categories.values() if rule.matches_category(c))
    urgent = (True, False) if rule.urgent is None else (rule.urgent,)
    return dict.fromkeys(product(kinds, urgent), where)


def _less(bits: int, taken: list[tuple[str, int]] | tuple[()]) -> int:
    for _, theirs in taken:
        bits &= ~theirs
    return bits
