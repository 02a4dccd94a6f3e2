"""Anchor this city's log once a day: in the database, in the program's own log, and in a file beside it."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from pathlib import Path

from city.opened import City
from city.settings import HOME
from domain.anchors import Anchor, is_anchor, lines_of, lines_to_add
from domain.said import BadInput, said
from storage import anchoring

log = logging.getLogger("redgrid")


def anchor_city(city: City, now: datetime | None = None) -> Anchor | None:
    """Anchor everything up to now, once on each day of the city; None where that is done, or another does it.

    Raises:
        Busy: when somebody wrote for too long; the same may be tried again.
    """
    at = now or city.now()
    new = anchoring.add_anchor(city.database, f"{at.astimezone(city.zone):%Y-%m-%d}", at)
    if new:
        log.info("anchored %s: %s events up to number %s, %s", new.day, new.events, new.upto, new.digest)
        _keep_beside(city)
    return new


def anchor_file(city: City) -> Path | None:
    """Where the anchors are kept beside the database; None where the settings want no file."""
    wanted = city.settings.anchor_file
    if wanted is not None:
        return Path(wanted) if wanted.strip() else None
    own = city.database.engine.url.database
    return (
        Path(own).with_suffix(".anchors.txt")
        if city.database.is_sqlite and own
        else HOME / "var" / "anchors.txt"
    )


def kept_anchors(path: Path) -> list[str]:
    """The lines of a copy of the anchors.

    Raises:
        BadInput: when there is no such file, or it holds something else.
    """
    try:
        lines = lines_of(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or said("it is no text")
        raise BadInput(said("{file}: cannot be read ({why}).", file=path.name, why=why)) from error
    if not lines:
        raise BadInput(said("{file}: there is nothing in it.", file=path.name))
    if wrong := next((n for n, line in enumerate(lines, 1) if not is_anchor(line)), None):
        raise BadInput(said("{file}: line {n} is no anchor.", file=path.name, n=wrong))
    return lines


def _keep_beside(city: City) -> None:
    """Append to the file what it lacks; a file that cannot be written is told in the log, and made up for later."""
    path = anchor_file(city)
    if path is None:
        return
    with city.database.read() as connection:
        own = anchoring.anchors_of(connection)
    try:
        kept = lines_of(path.read_text(encoding="utf-8")) if path.exists() else []
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines_to_add(kept, own))
            file.flush()
            os.fsync(file.fileno())
    except (OSError, UnicodeDecodeError) as error:
        log.error("the anchors are not in %s: %s", path, error)
