"""Read a file from outside in a process of its own: it takes bounded time and memory, and where a library dies of it nobody
else does.

One process waits with the libraries loaded. Each file is read by a child that it forks, which takes twenty milliseconds and
ends with it. What reads is a plain function of a module, for a name is what is sent.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

from domain.said import BadInput, Refused

LARGEST_MEMORY = 4_000_000_000
"""Bytes that one file may take while it is read."""

PATIENCE, BYTES_A_SECOND = 20, 250_000
"""Seconds that any file may take, and how large it is for each second more; what is honest takes a tenth of it."""

LOADED = ("gis.reading", "pandas", "pyarrow.parquet", "openpyxl")
"""What the waiting process has loaded before the first file comes."""

P = ParamSpec("P")
T = TypeVar("T")


class Unreadable(Exception):
    """What reads raised something, died, or took too long or too much; the words say which, in one line."""


def apart(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``read`` gives back.

    Raises:
        BadInput: when it refused the file.
        Unreadable: when it came to any other end.
    """
    told_out, told_in = os.pipe()
    asked_out, asked_in = os.pipe()
    try:
        _waiting.send(asked_out, told_in)
    except BaseException:
        os.close(told_out)
        os.close(asked_in)
        raise
    finally:
        os.close(told_in)
        os.close(asked_out)
    # A child that ended before it was asked tells so by its silence.
    with contextlib.suppress(BrokenPipeError), os.fdopen(asked_in, "wb") as asked:
        seconds = PATIENCE + sum(_size(each) for each in args) // BYTES_A_SECOND
        pickle.dump((str(Path.cwd()), seconds, read.__module__, read.__qualname__, args, kwargs), asked)
    with os.fdopen(told_out, "rb") as told:
        try:
            how, what = pickle.load(told)
        except (EOFError, pickle.UnpicklingError) as error:
            raise Unreadable("it takes too long or too much memory") from error
    if how == "refused":
        raise BadInput(what)
    if how == "raised":
        raise Unreadable(what)
    return what


def _size(value: object) -> int:
    return value.stat().st_size if isinstance(value, Path) and value.is_file() else 0


class _Waiting:
    """The process that waits, begun at the first file and again where it ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ours: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def send(self, *handles: int) -> None:
        """Hand open files over to a new child."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._begin()
            assert self._ours is not None
            socket.send_fds(self._ours, [b"!"], handles)

    def _begin(self) -> None:
        if self._ours is not None:
            self._ours.close()
        self._ours, theirs = socket.socketpair()
        # One thread alone may be forked, so no library may have more.
        alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", f"from gis.apart import wait; wait({theirs.fileno()})"],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                env={**os.environ, **alone},
            )  # fmt: skip


_waiting = _Waiting()


def wait(handle: int) -> None:
    """Fork a child for each file until nobody is left to ask."""
    for name in LOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=handle) as theirs:
        while True:
            came, handles, _, _ = socket.recv_fds(theirs, 1, 2)
            if not came:
                return
            if os.fork() == 0:
                theirs.close()
                _child(*handles)
            for each in handles:
                os.close(each)


def _child(asked: int, told: int) -> NoReturn:
    """Read one file, tell what came of it, and end, whatever happens."""
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY, LARGEST_MEMORY))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with os.fdopen(asked, "rb") as question:
            folder, seconds, module, name, args, kwargs = pickle.load(question)
        # Nothing is caught when the bell rings: the process ends in the middle of whatever it does.
        signal.alarm(seconds)
        os.chdir(folder)
        answer = _answered(getattr(importlib.import_module(module), name), args, kwargs)
        with os.fdopen(told, "wb") as out:
            pickle.dump(answer, out, protocol=pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)


def _answered(read: Callable[..., Any], args: Any, kwargs: Any) -> tuple[str, Any]:
    try:
        return "read", read(*args, **kwargs)
    except Refused as refused:
        return "refused", refused.because
    except MemoryError:
        return "raised", "it takes too much memory"
    except Exception as error:  # a library trusts its file: what it raises at a hostile one has no end
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return "raised", lines[0][:160]
