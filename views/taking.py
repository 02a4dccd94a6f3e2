"""Hand out files: that somebody took one is in the log before it is made."""

from __future__ import annotations

from collections.abc import Callable

from city.access import note_access
from views.visit import Visit


def noted(visit: Visit, what: str, make: Callable[[], bytes], **facts: object) -> Callable[[], bytes]:
    """Make the file when it is asked for, once it is noted; what cannot be noted is not handed out (``Busy``)."""

    def made() -> bytes:
        note_access(visit.city, "exported", by=visit.person, what=what, **facts)
        return make()

    return made
