"""Bundles are made by one process at a time, kept whole, and dropped when nobody needs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import tiles
from storage.database import Database

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
PATIENCE = timedelta(minutes=1)
BODIES = {(14, n): b"body %d" % n for n in range(450)} | {(12, 0): b"far"}


def test_one_process_makes_a_level_and_another_takes_over_when_it_fell_silent(database: Database) -> None:
    with database.write() as connection:
        assert tiles.claim(connection, "g", NOW, PATIENCE)
        assert not tiles.claim(connection, "g", NOW + PATIENCE / 2, PATIENCE), "another makes it"
        assert tiles.claim(connection, "other", NOW, PATIENCE), "of another level nobody said so"
        tiles.sign(connection, "g", NOW + PATIENCE)
        assert not tiles.claim(connection, "g", NOW + 1.5 * PATIENCE, PATIENCE), "it still shows signs"
        assert tiles.claim(connection, "g", NOW + 3 * PATIENCE, PATIENCE), "it fell silent"
        tiles.give_up(connection, "g")
        assert tiles.claim(connection, "g", NOW + 3 * PATIENCE, PATIENCE), "it said it could not"


def test_a_level_is_kept_whole_and_its_claim_is_over(database: Database) -> None:
    with database.write() as connection:
        tiles.claim(connection, "g", NOW, PATIENCE)
        assert tiles.body(connection, "g", tiles.INDEX) is None
        tiles.keep(connection, "g", b"index", b"members", BODIES)
    with database.read() as connection:
        assert tiles.body(connection, "g", tiles.INDEX) == b"index"
        assert tiles.body(connection, "g", tiles.MEMBERS) == b"members"
        assert tiles.body(connection, "g", tiles.CLAIM) is None
        assert all(tiles.body(connection, "g", *place) == body for place, body in BODIES.items())
        assert tiles.body(connection, "g", 14, 450) is None


def test_who_saw_nothing_and_claims_a_level_that_was_kept_meanwhile_does_not_make_it_again(
    database: Database,
) -> None:
    with database.read() as connection:
        assert tiles.body(connection, "g", tiles.INDEX) is None
    with database.write() as connection:
        assert tiles.claim(connection, "g", NOW, PATIENCE)
        tiles.keep(connection, "g", b"index", b"members", BODIES)
    with database.write() as connection:
        assert not tiles.claim(connection, "g", NOW, PATIENCE)
        assert tiles.body(connection, "g", tiles.CLAIM) is None, "and no claim is left behind"
        assert tiles.body(connection, "g", tiles.INDEX) == b"index"


def test_what_two_processes_made_all_the_same_is_there_once(database: Database) -> None:
    for _ in range(2):
        with database.write() as connection:
            tiles.keep(connection, "g", b"index", b"members", BODIES)
    with database.read() as connection:
        assert tiles.body(connection, "g", 12) == b"far"


def test_levels_that_nobody_needs_go_but_not_what_is_being_made(database: Database) -> None:
    with database.write() as connection:
        for ground in ("old", "new"):
            tiles.keep(connection, ground, b"index", b"members", BODIES)
        tiles.claim(connection, "coming", NOW, PATIENCE)
        assert tiles.forget_others(connection, {"new"}) == len(BODIES) + 2
        assert tiles.body(connection, "old", tiles.INDEX) is None
        assert tiles.body(connection, "new", tiles.INDEX) == b"index"
        assert not tiles.claim(connection, "coming", NOW, PATIENCE)
