"""A small town whose every reader is given hostile files: what it answered, whether it wrote, how much it took."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from city.opened import City
from city.photos import LARGEST_KEPT, prepared
from city.plan_files import import_sent
from city.settings import HOME, Settings
from city.slip_files import docx_of
from city.slips import Slip, SlipKind
from city.units import derive_missing
from cli.app import app
from domain.people import Person, Role
from domain.said import Refused
from storage.rules import read_rules
from tests.hostile_files import HostileFile, boundaries, compounds, squares

FIELDS = ("--code", "code", "--name", "name", "--households", "homes")
TICKET = ("--id", "id", "--lon", "lon", "--lat", "lat", "--opened", "opened", "--category", "category", "--closed", "closed",
          "--due", "due", "--department", "department", "--address", "address")  # fmt: skip

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "boundaries": ("import", "boundaries", "{file}", "--level", "1", *FIELDS),
    "tickets": ("import", "tickets", "{file}", *TICKET, "--live"),
    "heads": ("import", "heads", "{file}"),
    "households": ("import", "households", "{file}"),
    "plan": ("import", "plan", "{file}", "--plan", "Fuzz"),
    "route": ("route", "{file}", "--lon", "lon", "--lat", "lat", "-o", "out.csv"),
    "settings": ("loads",),
    "backup": ("restore", "{file}", "--force"),
}
"""What each reader's file is given to."""

PLANNER = Person(0, "", Role.PLANNER)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a file. ``wrong`` says what must not be; empty when all is well."""

    status: int
    said: str
    seconds: float
    peak: int
    wrong: str = ""


class HostileTown:
    """A town in a folder of its own; whatever a file changed is undone before the next."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "city.db"
        self._kept = folder / "kept.db"
        self._bare = folder / "bare.db"
        self._build()

    def _build(self) -> None:
        must = [("init", "--empty")]
        for frame, level, more in ((squares(), "1", ()), (compounds(), "2", ("--parent", "parent"))):
            (self.folder / f"l{level}.geojson").write_bytes(boundaries(frame)["g.geojson"])
            must.append(("import", "boundaries", f"l{level}.geojson", "--level", level, *FIELDS, *more))
        for n, command in enumerate(must):
            status, told, error = self._run(command)
            assert status in (0, 1), (command, told, error)
            if not n:
                self._keep(self._bare)
        city = City(Settings(database_url=f"sqlite:///{self.file}"))
        derive_missing(city)
        city.database.close()
        self._keep(self._kept)

    def _keep(self, to: Path) -> None:
        with sqlite3.connect(self.file) as here, sqlite3.connect(to) as there:
            here.backup(there)

    def _reset(self, bare: bool) -> None:
        for each in self.folder.glob("city.db*"):
            each.unlink()
        shutil.copy(self._bare if bare else self._kept, self.file)

    def _run(self, command: tuple[str, ...]) -> tuple[int, str, BaseException | None]:
        environment = {
            "REDGRID_DATABASE_URL": f"sqlite:///{self.file}",
            "REDGRID_LANG": "en",
            "COLUMNS": "200",
        }
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(app, list(command), env=environment)
        error = None if isinstance(done.exception, SystemExit) else done.exception
        return done.exit_code, done.output, error

    def give(self, case: HostileFile) -> Answer:
        """Give a file to its reader."""
        work = self.folder / "given"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        self._reset(bare=case.reader == "boundaries")
        file = work / case.name
        file.write_bytes(case.content)
        before = self._content()
        _forget_peak()
        base, began = _peak(), time.monotonic()
        status, told, error = OTHERS.get(case.reader, HostileTown._command)(self, case, file)
        seconds, peak = time.monotonic() - began, _peak() - base
        wrong = _wrong(case, status, told, error, changed=self._content() != before)
        if wrong and error:
            told = "".join(traceback.format_exception(error)[-6:])
        for left in self.folder.iterdir():
            if left.suffix == ".part":
                wrong = wrong or f"left {left.name} behind"
            if left.suffix in (".csv", ".part", ".toml"):
                left.unlink()
        return Answer(status, told, seconds, peak, wrong)

    def _content(self) -> list[str]:
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            return list(connection.iterdump())

    def _command(self, case: HostileFile, file: Path) -> tuple[int, str, BaseException | None]:
        if case.reader == "settings":
            shutil.copy(file, self.folder / "redgrid.toml")
        return self._run(tuple(part.format(file=file) for part in COMMANDS[case.reader]))

    def _asked(self, do: Callable[[], object]) -> tuple[int, str, BaseException | None]:
        try:
            do()
        except Refused as refused:
            return 2, str(refused.because), None
        except Exception as error:  # whatever else it raises is what is looked for
            return 1, "", error
        return 0, "", None

    def _photo(self, case: HostileFile, _file: Path) -> tuple[int, str, BaseException | None]:
        def take() -> None:
            kept = prepared(case.content)
            assert len(kept) <= LARGEST_KEPT

        return self._asked(take)

    def _slip(self, _case: HostileFile, file: Path) -> tuple[int, str, BaseException | None]:
        return self._asked(lambda: docx_of(SLIP, file))

    def _rules(self, case: HostileFile, file: Path) -> tuple[int, str, BaseException | None]:
        folder = file.parent / "rules"
        shutil.copytree(HOME / "data" / "rules", folder)
        shutil.copy(file, folder / case.name)
        return self._asked(lambda: read_rules(folder))

    def _sent(self, case: HostileFile, _file: Path) -> tuple[int, str, BaseException | None]:
        city = City(Settings(database_url=f"sqlite:///{self.file}"))
        try:
            return self._asked(lambda: import_sent(city, case.name, case.content, "Fuzz", by=PLANNER))
        finally:
            city.database.close()


Reader = Callable[[HostileTown, HostileFile, Path], tuple[int, str, BaseException | None]]

OTHERS: Mapping[str, Reader] = {
    "photo": HostileTown._photo, "slip": HostileTown._slip, "rules": HostileTown._rules, "sent plan": HostileTown._sent,
}  # fmt: skip

SLIP = Slip(SlipKind.ASSIGNMENT, "zh", "东港", "转办单", "1", (), (), "2026-11-24")


def _wrong(case: HostileFile, status: int, told: str, error: BaseException | None, *, changed: bool) -> str:
    if error is not None:
        return f"raises {type(error).__name__}: {str(error)[:200]}"
    if "Traceback" in told:
        return "shows a traceback"
    if status == 2 and changed:
        return "says that nothing was written, and wrote"
    if status == 2 and len(told) > 2_000:
        return f"tells {len(told)} characters"
    if status == 2 and not told.strip():
        return "says nothing"
    return ""


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    """The most memory this process held since, in bytes."""
    line = next(each for each in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if each.startswith("VmHWM"))  # fmt: skip
    return int(line.split()[1]) * 1024


__all__ = ["Answer", "HostileTown", "os"]
