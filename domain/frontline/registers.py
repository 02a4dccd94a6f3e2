"""What a city keeps of itself: its departments, which of them are linked to which community, its leaders, Party organisations.

Each is a short list that the city office brings in as a table and that hardly ever changes; other rooms only read it.
Source: the report – 78 departments linked to communities, three to five each; 32 city leaders who answer for a community
each; a Party organisation on every grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department of the city, under the code that rules, accounts and tickets name it by."""

    LIST: ClassVar[str] = "departments"

    code: str
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentLink:
    """The community that a department is linked to – also one that has no grid here –, which may dispatch to it. ``gone``
    ends the link."""

    LIST: ClassVar[str] = "department_links"

    department: str
    community: str
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """A leader of the city and the community they answer for, public as heads are. ``gone``: they answer for it no more."""

    LIST: ClassVar[str] = "leaders"

    name: str
    community: str
    title: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The Party organisation of a grid. ``gone``: the grid has none any more."""

    LIST: ClassVar[str] = "organisations"

    grid: str
    name: str
    gone: bool = False
