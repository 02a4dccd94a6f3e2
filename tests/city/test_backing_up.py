"""A backup is taken while people write, says of one moment what was, and comes back verified or not at all."""

from __future__ import annotations

import hashlib
import json
import resource
import signal
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, inspect, select, text

from city.access import note_access
from city.backing_up import NotVerified, back_up, name_of, remove_old, restore_backup, try_backup
from city.opened import City
from city.verifying import verify
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.grids import Level
from domain.moves import Given
from domain.people import Person
from domain.place import LngLat
from domain.said import BadInput, Refused
from domain.tickets import Words
from storage import people
from storage.backup import LEFT_OUT, LONGEST_ROW
from storage.copied_rows import line_of, values_of
from storage.database import Database
from storage.migrate import bring_up
from storage.schema import facts, metadata, tickets
from tests.conftest import sqlite_url
from tests.hostile_files import packed
from tests.quiet import emptied, made_quiet, opened_quiet


@pytest.fixture(scope="session")
def quiet_file(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a city in which nothing has happened yet; copy it before writing."""
    return made_quiet(demo_file, tmp_path_factory.mktemp("quiet") / "quiet.db")


@pytest.fixture(scope="session")
def quiet_backup(quiet_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of that city with a little done in it."""
    city = opened_quiet(sqlite_url(quiet_file))
    for n in range(5):
        _works(city, _member(city), n)
    made, _ = back_up(city, tmp_path_factory.mktemp("backup") / "quiet.backup")
    city.database.close()
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "empty.db")
    return emptied(request.getfixturevalue("postgres_url"))


@pytest.fixture
def restored(empty_url: str, quiet_backup: Path) -> Iterator[City]:
    """The city, from its backup in a database of each kind."""
    city = opened_quiet(empty_url)
    restore_backup(city, quiet_backup)
    yield city
    city.database.close()


def _member(city: City) -> Person:
    with city.database.read() as connection:
        return next(a.person for a in people.all_accounts(connection) if a.login == "member")


def _works(city: City, member: Person, n: int) -> str:
    """Somebody raises a ticket and accepts it, with words that are hard to write down."""
    inside = city.ground.outlines[member.area].representative_point()
    point = LngLat(inside.x, inside.y)
    report = Report(point, next(iter(city.rules_read.categories)), Words(f"路灯\\N坏了\t{n}\n\\"))
    one = raise_ticket(city.store, city.rulebook, report, by=member, now=city.now())
    given = Given("yes", category=report.category, urgent=False)
    act(city.store, city.rulebook, one.id, "accept", given, version=1, by=member, now=city.now())
    return one.no


def _rows(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, but what a restore itself writes."""
    with database.read() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
            if table.name not in LEFT_OUT
        }
    found["events"] = [row for row in found["events"] if "'restored'" not in row and "'backed_up'" not in row]
    found["facts"] = [row for row in found["facts"] if "'revision'" not in row]
    return found


@pytest.mark.slow
def test_everything_comes_back_whichever_database_it_came_from_and_goes_to(
    restored: City, tmp_path: Path
) -> None:
    again, made = back_up(restored, tmp_path / "again.backup")
    other = opened_quiet(sqlite_url(tmp_path / "other.db"))
    _, found = restore_backup(other, again)
    assert found.findings == () and made.rows > 5_000
    assert _rows(other.database) == _rows(restored.database)
    other.database.close()


def test_a_backup_taken_while_people_write_holds_one_moment_and_verifies(
    restored: City, tmp_path: Path
) -> None:
    member, stop, done = _member(restored), threading.Event(), list[str]()

    def work() -> None:
        while not stop.is_set():
            done.append(_works(restored, member, len(done)))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    try:
        while len(done) < 4:
            pass
        before = set(done)
        file, _ = back_up(restored, tmp_path / "busy.backup")
    finally:
        stop.set()
        for each in workers:
            each.join()
    copy = opened_quiet(sqlite_url(tmp_path / "copy.db"))
    _, found = restore_backup(copy, file)
    with copy.database.read() as connection:
        kept = set(connection.scalars(select(tickets.c.no)))
    assert found.findings == () and before <= kept
    assert verify(restored).findings == ()
    copy.database.close()


def test_work_goes_on_after_a_restore_and_everybody_signs_in_again(restored: City) -> None:
    no = _works(restored, _member(restored), 9)
    with restored.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tickets).where(tickets.c.no == no)) == 1
        assert connection.scalar(text("SELECT count(*) FROM sessions")) == 0
    assert verify(restored).findings == ()
    assert len(restored.ground.structure.at_level(Level.BUILDING)) == 382


@pytest.mark.slow
def test_a_city_is_not_overwritten_unless_forced_and_then_wholly(restored: City, quiet_backup: Path) -> None:
    no = _works(restored, _member(restored), 10)
    with pytest.raises(Refused, match="--force"):
        restore_backup(restored, quiet_backup)
    revision = restored.ground.revision
    restore_backup(restored, quiet_backup, force=True)
    with restored.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tickets).where(tickets.c.no == no)) == 0
    assert restored.ground.revision > revision, "opened programs notice"


def test_what_verify_would_refuse_is_not_restored(restored: City, tmp_path: Path) -> None:
    with restored.database.write() as connection:
        connection.execute(text("UPDATE tickets SET holder = 'nobody' WHERE id = 1"))
    bad, _ = back_up(restored, tmp_path / "bad.backup")
    before = _rows(restored.database)
    with pytest.raises(NotVerified, match="verify finds"):
        restore_backup(restored, bad, force=True)
    assert _rows(restored.database) == before


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-500])


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)


def _text(path: Path) -> None:
    path.write_text("SQLite format 3")


def _another_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", "[]")


def _gone(path: Path) -> None:
    path.unlink()


def rewritten(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """The archive again, with another manifest."""
    with zipfile.ZipFile(path) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(inside["manifest.json"])
    change(manifest)
    inside["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in inside.items():
            archive.writestr(name, content)


def _newer(path: Path) -> None:
    rewritten(path, lambda manifest: manifest.update(revision="9999"))


def _newer_format(path: Path) -> None:
    rewritten(path, lambda manifest: manifest.update(version=99))


def _table_missing(path: Path) -> None:
    rewritten(path, lambda manifest: manifest["tables"].pop())


def _strange_column(path: Path) -> None:
    rewritten(
        path, lambda m: m["tables"][-1]["columns"][0].__setitem__(0, "id) VALUES (1); DROP TABLE facts; --")
    )


def _no_such_row(path: Path) -> None:
    def change(manifest: dict[str, Any]) -> None:
        one = next(table for table in manifest["tables"] if table["name"] == "tickets")
        one["columns"] = list(reversed(one["columns"]))

    rewritten(path, change)


def _one_row_less(path: Path) -> None:
    rewritten(path, lambda manifest: next(t for t in manifest["tables"] if t["rows"]).update(rows=0))


def _endless_row(path: Path) -> None:
    """A row that unpacks to more than any that was ever written, with everything about it as it should be."""
    row = b"0" * (LONGEST_ROW + 1)
    with zipfile.ZipFile(path) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()} | {"facts.copy": row}
    manifest = json.loads(inside["manifest.json"])
    one = next(table for table in manifest["tables"] if table["name"] == "facts")
    one.update(rows=1, sha256=hashlib.sha256(row).hexdigest())
    inside["manifest.json"] = json.dumps(manifest).encode()
    path.write_bytes(packed(inside))


@pytest.mark.parametrize(
    "wrong",
    [_cut, _flipped, _text, _another_zip, _gone, _newer, _newer_format, _table_missing, _strange_column,
     _no_such_row, _one_row_less, _endless_row],
)  # fmt: skip
def test_what_is_no_whole_backup_is_refused_in_one_sentence_and_nothing_is_written(
    wrong: Callable[[Path], None], empty_url: str, quiet_backup: Path, tmp_path: Path
) -> None:
    file = tmp_path / "some.backup"
    file.write_bytes(quiet_backup.read_bytes())
    wrong(file)
    city = opened_quiet(empty_url)
    with pytest.raises(BadInput, match=r"^some\.backup [^\n]*\.$"):
        restore_backup(city, file)
    with city.database.read() as connection:
        assert inspect(connection).get_table_names() == []
    city.database.close()


def _as_of(revision: str, backup: Path, folder: Path) -> Path:
    """The backup as the version of an earlier schema would have written it."""
    then = Database(sqlite_url(folder / "then.db"))
    with then.write() as connection:
        bring_up(connection, revision)
        there = {
            name: {column["name"] for column in inspect(connection).get_columns(name)}
            for name in inspect(connection).get_table_names()
        }
    then.close()
    old = folder / "old.backup"
    with zipfile.ZipFile(backup) as archive, zipfile.ZipFile(old, "w") as earlier:
        manifest = json.loads(archive.read("manifest.json"))
        manifest["revision"] = revision
        manifest["tables"] = [table for table in manifest["tables"] if table["name"] in there]
        for table in manifest["tables"]:
            keeps = [n for n, (name, _) in enumerate(table["columns"]) if name in there[table["name"]]]
            rows = [line.split(b"\t") for line in archive.read(f"{table['name']}.copy").splitlines()]
            text = b"".join(b"\t".join(row[n] for n in keeps) + b"\n" for row in rows)
            earlier.writestr(f"{table['name']}.copy", text)
            table["columns"] = [table["columns"][n] for n in keeps]
            table["sha256"] = hashlib.sha256(text).hexdigest()
        earlier.writestr("manifest.json", json.dumps(manifest))
    return old


def test_a_backup_of_an_earlier_version_gets_the_schema_of_this_one(
    empty_url: str, quiet_backup: Path, tmp_path: Path
) -> None:
    old = _as_of("0004", quiet_backup, tmp_path)
    city = opened_quiet(empty_url)
    _, found = restore_backup(city, old)
    assert found.findings == ()
    with city.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM tiles")) == 0
    city.database.close()


def test_a_trial_verifies_a_backup_and_leaves_the_citys_database_alone(
    restored: City, quiet_backup: Path
) -> None:
    before = _rows(restored.database)
    made, found = try_backup(restored, quiet_backup)
    assert found.findings == () and made.city == "东港市"
    assert _rows(restored.database) == before


def test_only_its_owner_reads_a_backup_and_what_is_no_backup_is_not_overwritten(
    restored: City, tmp_path: Path
) -> None:
    file, _ = back_up(restored, tmp_path / "mine.backup")
    assert file.stat().st_mode & 0o777 == 0o600
    first = file.read_bytes()
    back_up(restored, file)
    assert file.read_bytes() != first, "an earlier backup gives its place"
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    with pytest.raises(BadInput, match="is no backup: it is not overwritten"):
        back_up(restored, letter)
    assert letter.read_text() == "dear"


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes, as on a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(restored: City, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written: No such file or directory"):
        back_up(restored, tmp_path / "nowhere" / "a.backup")
    with pytest.raises(BadInput, match="cannot be written: File too large"), at_most(4_000):
        back_up(restored, tmp_path / "a.backup")
    assert [each.name for each in tmp_path.iterdir() if "a.backup" in each.name] == []


def test_a_folder_keeps_the_newest_backups_and_everything_else_in_it(restored: City, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "notes.backup").write_text("mine")
    days = [name_of(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=n)) for n in range(5)]
    for name in days:
        (folder / name).write_text("old")
    written, _ = back_up(restored, folder)
    assert remove_old(folder, 3) == days[:3]
    assert sorted(each.name for each in folder.iterdir()) == sorted([written.name, *days[3:], "notes.backup"])


def test_a_backup_and_a_restore_are_noted(restored: City, tmp_path: Path) -> None:
    back_up(restored, tmp_path / "noted.backup")
    with restored.database.read() as connection:
        kinds = set(connection.scalars(text("SELECT kind FROM events WHERE stream LIKE 'a:%'")))
        kept = connection.scalar(select(func.count()).select_from(facts))
    assert {"restored", "backed_up"} <= kinds and kept
    note_access(restored, "signed_in", by=None)
    assert verify(restored).findings == ()


@given(
    st.tuples(
        st.none() | st.text(),
        st.none() | st.integers(-(2**53), 2**53),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.sampled_from([0, 1]),
        st.none() | st.binary(),
        st.none() | st.integers(-(10**15), 4 * 10**15),
        st.text(),
    )
)
def test_any_row_survives_being_written_as_a_line(row: tuple[Any, ...]) -> None:
    kinds = ("text", "int", "float", "bool", "bytes", "instant", "json")
    columns = [(kind, kind) for kind in kinds]
    line = line_of(row, columns)
    assert "\n" not in line and values_of(line, columns) == row
