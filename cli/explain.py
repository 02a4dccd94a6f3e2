"""``redgrid explain``: where a ticket would go, and because of which rule."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import typer

from city.explaining import BECAUSE, Explanation, explain, limit_in_words, routing_findings
from city.opened import City
from cli.check import as_value, show_findings
from cli.speaking import FINDINGS, opened, show_json, spoken, stop, tell, words
from domain.findings import is_clean
from domain.grids import CITY
from domain.place import LngLat
from domain.said import said


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("explain")
    @spoken
    def explain_(
        lon: Annotated[str | None, typer.Option(help="Longitude in degrees (WGS84).")] = None,
        lat: Annotated[str | None, typer.Option(help="Latitude in degrees (WGS84).")] = None,
        category: Annotated[str | None, typer.Option(help="The category's code.")] = None,
        urgent: Annotated[bool, typer.Option("--urgent", help="As if reported as urgent.")] = False,
        check: Annotated[bool, typer.Option("--check", help="List what is wrong with the table.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Say where a ticket would go: grid, holder, department, time – and because of which rule."""
        if check:
            _check(as_json)
        elif lon is None or lat is None or category is None:
            stop(said("Give --lon, --lat and --category; or --check for what is wrong with the table."))
        else:
            point = _point(lon, lat)
            with opened() as city:
                explained = explain(city, point, category, urgent)
                show_json(_as_json(city, explained)) if as_json else _show(city, explained)


def _check(as_json: bool) -> None:
    with opened() as city:
        found, rules = routing_findings(city), len(city.rules_read.routing.rules)
    if as_json:
        show_json({"rules": rules, "findings": [as_value(f) for f in found]})
    else:
        show_findings(found)
        tell("{n} rules, {found} findings.", n=rules, found=len(found))
    if not is_clean(found):
        raise typer.Exit(FINDINGS)


def _point(lon: str, lat: str) -> LngLat:
    try:
        return LngLat(float(lon), float(lat))
    except ValueError:
        stop(said("{lon}, {lat}: longitude and latitude are two numbers in degrees.", lon=lon, lat=lat))


def _show(city: City, explained: Explanation) -> None:
    say, routed = words(), explained.routed
    name, grid = partial(_unit_name, city), explained.located.grid
    department = {
        code: say.pick(*city.department(code)) for code in (routed.lead, *routed.assistants) if code
    }
    lines = {
        say(
            "Category"
        ): f"{explained.category.code} {say.pick(explained.category.zh, explained.category.en)}",
        say("Urgent"): say("yes") if explained.urgent else say("no"),
        say("Grid"): f"{grid} {name(grid)}" if grid else say("In no grid"),
        say("Holder"): f"{explained.holder} {name(explained.holder)}",
        say("Lead"): f"{routed.lead} {department[routed.lead]}" if routed.lead else "–",
        say("Assistants"): ", ".join(f"{code} {department[code]}" for code in routed.assistants) or "–",
        say("Time for handling"): say.of(limit_in_words(explained.limit, city.clock.day)),
        say("Skips the compound"): say("yes") if routed.skips_compound else say("no"),
    }
    for title, value in lines.items():
        typer.echo(f"{title}: {value}")
    for waits in explained.waits:
        typer.echo(f"▲ {say.of(BECAUSE[waits.queue])} ({waits.owner} {name(waits.owner)})")
    for because in routed.because:
        typer.echo(f"→ {say.of(because)}")


def _unit_name(city: City, code: str) -> str:
    return words()("City office") if code == CITY else city.ground.structure.name(code)


def _as_json(city: City, explained: Explanation) -> dict[str, Any]:
    say, routed, located = words(), explained.routed, explained.located

    def unit(code: str) -> dict[str, str]:
        return {"code": code, "name": _unit_name(city, code)}

    def department(code: str) -> dict[str, str]:
        return {"code": code, "name": say.pick(*city.department(code))}

    return {
        "point": [explained.point.lng, explained.point.lat],
        "category": explained.category.code,
        "urgent": explained.urgent,
        "grid": unit(located.grid) if located.grid else None,
        "level1": located.level1,
        "level2": located.level2,
        "level3": located.level3,
        "holder": unit(explained.holder),
        "queues": [
            {"queue": w.queue.value, "owner": unit(w.owner), "because": say.of(BECAUSE[w.queue])}
            for w in explained.waits
        ],
        "lead": department(routed.lead) if routed.lead else None,
        "assistants": [department(code) for code in routed.assistants],
        "limit": {
            "seconds": int(explained.limit.length.total_seconds()),
            "around_the_clock": explained.limit.around_the_clock,
            "words": say.of(limit_in_words(explained.limit, city.clock.day)),
        },
        "skips_compound": routed.skips_compound,
        "rule": routed.rule,
        "because": [say.of(because) for because in routed.because],
    }
