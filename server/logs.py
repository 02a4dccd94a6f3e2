"""Write the program's log: lines for people, or one JSON object a line for machines – to standard error or a file.

Every line carries the number of the request that it belongs to. What broke is told by its kind and its place in the
program: an error's own words may repeat what somebody typed, and are told only where they come from the machine.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler, TimedRotatingFileHandler
from types import TracebackType
from typing import Any

from city.settings import Settings
from server.watched import REQUEST

OURS = "redgrid"

BROUGHT_ALONG = ("streamlit", "uvicorn", "websockets", OURS)
"""Loggers with handlers of their own, whose lines shall come out with all the others."""

NO_LINES = "uvicorn.access"
"""It would write whole addresses, and the tokens in them."""

WARNINGS_ALONE = "uvicorn.error"
"""Its lines about WebSockets hold addresses of machines and of pages."""

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Discreet(logging.Formatter):
    """Tells where something broke and what kind it was, in the program's own words alone."""

    def formatException(self, ei: Any) -> str:
        """The frames of an error, and its kind."""
        kind, error, trace = ei
        frames = "".join(traceback.format_tb(trace)) if trace else ""
        return f"{frames}{kind_of(kind, error)}" if kind and error else ""


def kind_of(kind: type[BaseException], error: BaseException) -> str:
    """An error's kind, with its words where the machine said them."""
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    words = error.strerror if isinstance(error, OSError) else None
    return f"{name}: {words}" if words else name


class TextLines(_Discreet):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(of_request)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, with its request where there is one."""
        number = getattr(record, "request", "")
        record.of_request = f" [{number}]" if number else ""
        return super().format(record)


class JsonLines(_Discreet):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, level, logger, message, request; the facts of a request by their names; what broke."""
        facts = getattr(record, "facts", None)
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if number := getattr(record, "request", ""):
            line["request"] = number
        line |= facts if isinstance(facts, dict) else {"message": record.getMessage()}
        if record.exc_info:
            line["broke"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def begin(settings: Settings, *also: Callable[[], str]) -> None:
    """Let everything that this process logs come out in one way; ``also`` know the request of a line elsewhere."""
    handler = _handler(settings)
    handler.setFormatter(JsonLines() if settings.log == "json" else TextLines())

    def with_request(record: logging.LogRecord) -> bool:
        record.request = REQUEST.get() or next(filter(None, (ask() for ask in also)), "")
        return True

    handler.addFilter(with_request)
    root = logging.getLogger()
    for old in [each for each in root.handlers if getattr(each, "is_redgrids", False)]:
        root.removeHandler(old)
        old.close()
    handler.is_redgrids = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    logging.getLogger(OURS).setLevel(logging.INFO)
    bring_along()


def bring_along() -> None:
    """Take the lines of libraries in; those that began to log since, too. Cheap, to be called again and again."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.split(".")[0] in BROUGHT_ALONG:
            logger.handlers.clear()
            logger.propagate = True
    logging.getLogger(NO_LINES).disabled = True
    logging.getLogger(WARNINGS_ALONE).setLevel(logging.WARNING)


def _handler(settings: Settings) -> logging.Handler:
    """To standard error, or to a file that begins anew when it is full, or at midnight."""
    if not settings.log_file:
        return logging.StreamHandler()
    if settings.log_megabytes:
        return RotatingFileHandler(
            settings.log_file, maxBytes=settings.log_megabytes * 1_000_000, backupCount=settings.log_kept,
            encoding="utf-8", delay=True,
        )  # fmt: skip
    return TimedRotatingFileHandler(
        settings.log_file, when="midnight", backupCount=settings.log_kept, encoding="utf-8", delay=True
    )
