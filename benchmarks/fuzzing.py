"""A part of ``make soak``: ten thousand spoilt files and requests, and what came of them.

Files go to every reader in a process that is watched: should one die, it is begun again at the next file. Requests go to the
real routes behind the real door; a few addresses open the page itself, headless. ``CASES`` of the environment says how many
files and how many requests, ``SEED`` where they begin.
"""

from __future__ import annotations

import faulthandler
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from benchmarks.table import machine, write_section
from city.opened import City
from city.settings import Settings
from demo.first import make_ready
from tests.hostile_client import PEOPLE, HostileClient, with_open_turnstiles
from tests.hostile_files import hostile_file
from tests.hostile_forms import Known, hostile_query, hostile_request
from tests.hostile_town import HostileTown
from tests.views.test_pages import page, person

CASES = 5_000
"""Of each: files, and requests."""

TOO_LONG, TOO_MUCH = 60, 1_000_000_000
"""Seconds and bytes that no case may take."""

BATCH = 250
"""Files that one process reads before another takes over."""


def _files(first: int, last: int, out: Path) -> None:
    """Read files in this process, a line for each; the line of the one that is being read is there before it."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder, out.open("a", encoding="utf-8") as lines:
        town = HostileTown(Path(folder))
        for number in range(first, last):
            case = hostile_file(number)
            print(json.dumps({"number": number, "kind": case.reader, "file": case.name, "how": case.how}), file=lines, flush=True)  # fmt: skip
            faulthandler.dump_traceback_later(TOO_LONG, exit=True)
            answer = town.give(case)
            faulthandler.cancel_dump_traceback_later()
            wrong = answer.wrong or ("took too much memory" if answer.peak > TOO_MUCH else "")
            told = {"status": answer.status, "seconds": answer.seconds, "peak": answer.peak, "wrong": wrong}
            print(json.dumps(told | {"said": answer.said[-1_500:] if wrong else ""}), file=lines, flush=True)


def _read(out: Path) -> Iterator[dict[str, object]]:
    """Every file that was given, with what came of it; ``wrong`` where nothing did."""
    asked: dict[str, object] | None = None
    for line in out.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if asked is None:
            asked = told
        elif "number" in told:
            yield asked | {
                "status": -1,
                "seconds": TOO_LONG,
                "peak": 0,
                "wrong": "the process died",
                "said": "",
            }
            asked = told
        else:
            yield asked | told
            asked = None
    if asked is not None:
        yield asked | {"status": -1, "seconds": TOO_LONG, "peak": 0, "wrong": "the process died", "said": ""}


def files(first: int, count: int) -> list[dict[str, object]]:
    """Give so many files to their readers, a batch a process."""
    with tempfile.TemporaryDirectory() as folder:
        out, at, last = Path(folder) / "lines", first, first + count
        out.touch()
        while at < last:
            until = min(at + BATCH, last)
            command = [sys.executable, "-m", "benchmarks.fuzzing", str(at), str(until), str(out)]
            subprocess.run(command, check=False)
            found = list(_read(out))
            at = int(str(found[-1]["number"])) + 1 if found and int(str(found[-1]["number"])) >= at else until
            print(f"  {at - first:,} files", flush=True)
        return list(_read(out))


def requests(first: int, count: int) -> tuple[Counter[str], list[str], float]:
    """Send so many requests: the answers by status, what was wrong, the longest in seconds."""
    answered: Counter[str] = Counter()
    wrong: list[str] = []
    longest = 0.0
    with tempfile.TemporaryDirectory() as folder, with_open_turnstiles():
        file = Path(folder) / "city.db"
        city = City(Settings(database_url=f"sqlite:///{file}"))
        make_ready(city)
        clients = HostileClient(city, file)
        for number in range(first, first + count):
            who = Random(number).choice(list(clients.clients))
            asked = hostile_request(number, clients.known_to(who))
            began = time.monotonic()
            try:
                status, why = clients.send(who, asked)
            except Exception:  # what an answer raises would be a 500, and is what is looked for
                status, why = 500, traceback.format_exc()[-1_500:]
            longest = max(longest, time.monotonic() - began)
            answered[f"{asked.method} {status or 'not sent'}"] += 1
            if why:
                wrong.append(
                    f"request {number} by {who or 'nobody'}, {asked.method} {asked.path[:200]} ({asked.how}): {why}"
                )
        clients.close()
        city.database.close()
    return answered, wrong, longest


def pages(first: int, count: int) -> list[str]:
    """Open the page by so many addresses, headless: what was wrong."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        city = City(Settings(database_url=f"sqlite:///{folder}/city.db"))
        make_ready(city)
        known = Known(
            ("1",), tuple(city.ground.structure.grids)[:50], ("x",), ("x",), tuple(city.rules_read.categories)
        )
        for number in range(first, first + count):
            who, query = person(city, Random(number).choice(PEOPLE)), hostile_query(number, known)
            with pytest.MonkeyPatch.context() as patch:
                if told := page(patch, city, who, **query).exception:
                    wrong.append(f"page {number} for the {who.role}, {query}: {told[0].value[:500]}")
        city.database.close()
    return wrong


def main() -> None:
    """Try all three; the exit status is 1 when anything was wrong."""
    count, first = int(os.environ.get("CASES", CASES)), int(os.environ.get("SEED", 1)) * 1_000_000
    read = files(first, count)
    kinds = Counter(str(one["kind"]) for one in read)
    ends = Counter(
        {0: "taken", 1: "some rows refused", 2: "refused"}.get(int(str(one["status"])), "died")
        for one in read
    )
    slowest = max(read, key=lambda one: float(str(one["seconds"])))
    print(f"{len(read):,} files: {dict(kinds)}")
    print(f"  {dict(ends)}; the slowest took {float(str(slowest['seconds'])):.1f} s ({slowest['kind']}, {slowest['how']}), "
          f"the largest {max(int(str(one['peak'])) for one in read) / 1e6:.0f} MB more than before")  # fmt: skip
    wrong = [f"file {one['number']}, {one['kind']} {one['file']} ({one['how']}): {one['wrong']}\n{one['said']}" for one in read if one["wrong"]]  # fmt: skip
    answered, amiss, longest = requests(first, count)
    print(
        f"{sum(answered.values()):,} requests: {dict(sorted(answered.items()))}; the longest took {longest:.1f} s"
    )
    opened = max(1, count // 25)
    askew = pages(first, opened)
    print(f"{opened:,} addresses of the page")
    for each in (wrong + amiss + askew)[:30]:
        print(each)
    print(f"found wrong: {len(wrong)} files, {len(amiss)} requests, {len(askew)} pages")
    write_section(
        "Ten thousand spoilt files and requests",
        f"`make soak SOAK=fuzzing` on {machine()}: each is drawn from its number, the first is {first:,}.\n\n"
        f"- {len(read):,} files for {len(kinds)} readers: {', '.join(f'{n:,} {how}' for how, n in ends.most_common())}; the slowest took "
        f"{float(str(slowest['seconds'])):.1f} s, the largest {max(int(str(one['peak'])) for one in read) / 1e6:.0f} MB.\n"
        f"- {sum(answered.values()):,} requests: {', '.join(f'{n:,} × {how}' for how, n in sorted(answered.items()))}; the longest took {longest:.1f} s.\n"
        f"- {opened:,} addresses of the page.\n\n"
        f"Wrong – a traceback, a 500, a dead process, something written by what was refused: **{len(wrong)} files, {len(amiss)} requests, {len(askew)} pages**.",
    )  # fmt: skip
    sys.exit(1 if wrong or amiss or askew else 0)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        _files(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
