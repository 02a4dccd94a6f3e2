"""Show figures of this process and its city to a program that watches: Prometheus' own text, never a person's data.

Each process tells its own; of several behind one proxy each is asked by its own port.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.opened import here
from city.version import build
from city.vitals import look, since_sweep

disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
"""Our own: nothing that a library counts by itself is told."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("redgrid_requests", "Requests answered.", ("method", "route", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "redgrid_request_seconds", "Time to answer a request.", ("route",), buckets=BUCKETS, registry=REGISTRY
)
SOCKETS = Gauge(
    "redgrid_websockets", "Open pages: WebSockets of signed-in people and screens.", registry=REGISTRY
)
MESSAGES = Counter(
    "redgrid_page_runs",
    "Messages from open pages, each of which runs the page or a part of it.",
    registry=REGISTRY,
)
SENT = Counter(
    "redgrid_websocket_bytes", "Bytes sent over WebSockets, counted when one closes.", registry=REGISTRY
)
ProcessCollector(registry=REGISTRY)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

FORWARDED = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
)  # fmt: skip
"""Headers by which a proxy tells that somebody else asks: behind one, everybody seems to come from this machine."""


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    known = method if method in METHODS else "other"
    REQUESTS.labels(known, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


class CityFigures(Collector):
    """What the store tells, asked anew whenever somebody reads the figures."""

    def collect(self) -> Iterable[Metric]:
        """The figures of the city."""
        city = here()
        found = look(city, count=True)
        yield GaugeMetricFamily("redgrid_store_up", "Does the store answer?", value=int(found is not None))
        yield InfoMetricFamily("redgrid_build", "What runs.", {"version": build()})
        if found is None:
            return
        yield GaugeMetricFamily(
            "redgrid_store_round_trip_seconds", "One small question to the store.", value=found.round_trip
        )
        yield InfoMetricFamily("redgrid_schema", "The schema of the store.", {"revision": found.schema or ""})
        if found.plan:
            yield GaugeMetricFamily("redgrid_plan_id", "The plan in force, by number.", value=found.plan.id)
        yield GaugeMetricFamily(
            "redgrid_ground_revision", "Grows with plan and people.", value=city.ground.revision
        )
        yield GaugeMetricFamily("redgrid_tickets_open", "Open tickets.", value=found.open)
        yield GaugeMetricFamily(
            "redgrid_tickets_overdue", "Open tickets past their time.", value=found.overdue
        )
        yield GaugeMetricFamily(
            "redgrid_sweep_age_seconds",
            "Since the clock last acted, by whichever process.",
            value=since_sweep(city, found).total_seconds(),
        )
        did = GaugeMetricFamily("redgrid_sweep_did", "What the last sweep did.", labels=("kind",))
        for kind, n in sorted((found.swept.did if found.swept else {}).items()):
            did.add_metric((kind,), n)
        yield did

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked of the store when this is registered."""
        return ()


REGISTRY.register(CityFigures())


async def metrics(request: Request) -> Response:
    """``GET /metrics``: to this machine itself, and to whoever shows the token; 403 to everybody else."""
    if not may_read(request):
        return PlainTextResponse("this machine alone, or a token", status_code=403)
    body = await run_in_threadpool(generate_latest, REGISTRY)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"})


def may_read(request: Request) -> bool:
    """Is it a program on this machine, or one that knows the token?"""
    token = here().settings.metrics_token.get_secret_value()
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and secrets.compare_digest(shown.encode(), token.encode()):
        return True
    return not any(name in request.headers for name in FORWARDED) and _is_here(request)


def _is_here(request: Request) -> bool:
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
