"""Many threads that take memory share few heaps, in a process of their own."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

THREADS = """
import re, sys, threading
from server.arenas import hold_few
if sys.argv[1] == "few":
    assert hold_few()
held, gate = [], threading.Barrier(24)
def work():
    gate.wait()
    held.append([bytes(400 + n % 200) for n in range(2_000)])
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(24)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
# glibc maps each heap beside the first one at a multiple of 64 MB.
maps = [line.split("-")[0] for line in open("/proc/self/maps") if " rw-p 00000000 00:00 0" in line]
print(sum(int(start, 16) % (64 << 20) == 0 for start in maps))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this system gives out memory in another way")
def test_many_threads_share_few_heaps() -> None:
    found = {
        how: int(subprocess.check_output([sys.executable, "-c", THREADS, how], text=True))
        for how in ("many", "few")
    }
    # Few enough for each heap to hold its threads' pieces whole: 25 MB in all.
    assert found["few"] <= 2 < found["many"]


HELD = """
from pathlib import Path
from server.arenas import give_back
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])
# Every hundredth piece stays, so that nothing lies free at a heap's end.
held = [bytes(3_000) for _ in range(60_000)]
held = held[::100]
before = resident()
assert give_back()
print((before - resident()) * 4 // 1024)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this system gives out memory in another way")
def test_what_nobody_uses_is_given_back_from_the_middle_of_a_heap() -> None:
    assert int(subprocess.check_output([sys.executable, "-c", HELD], text=True)) > 20
