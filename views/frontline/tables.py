"""Small tables of a list, as HTML: titles, cells as text or number, a bar behind a percentage."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gis.palette import LIGHT as P

CSS = f"""
<style>
.rg-list-wrap {{ overflow: auto; max-height: max(320px, calc(100vh - 380px)); border: 1px solid {P.line}; border-radius: 8px; }}
.rg-list {{ border-collapse: collapse; width: 100%; font-size: 15px; font-variant-numeric: tabular-nums; }}
.rg-list caption {{ text-align: left; color: {P.muted}; font-size: 14px; padding: 6px 12px; }}
.rg-list th, .rg-list td {{ padding: 6px 12px; text-align: left; border-bottom: 1px solid {P.line}; vertical-align: top; overflow-wrap: anywhere; }}
.rg-list thead th {{ position: sticky; top: 0; background: {P.panel}; z-index: 1; white-space: nowrap; }} .rg-list tbody th {{ font-weight: 600; min-width: 6em; }}
.rg-list .number {{ text-align: right; white-space: nowrap; }} .rg-list .short {{ white-space: nowrap; }} .rg-list .bad {{ color: {P.bad_text}; }} .rg-list .warn {{ color: {P.warn_text}; }}
.rg-list .share {{ display: inline-block; width: 96px; height: 10px; margin-right: 8px; border-radius: 5px; background: {P.panel}; overflow: hidden; vertical-align: baseline; }}
.rg-list .share i {{ display: block; height: 100%; background: {P.ok}; }} .rg-list a {{ color: {P.ok}; }}
.rg-list .percent {{ display: inline-block; min-width: 6ch; }}
.rg-facts-row {{ display: flex; flex-wrap: wrap; gap: 8px; }} .rg-facts-row div {{ background: {P.panel}; border-radius: 8px; padding: 6px 14px; min-width: 110px; }}
.rg-facts-row b {{ display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }} .rg-facts-row span {{ color: {P.muted}; font-size: 14px; }} .rg-facts-row .bad b {{ color: {P.bad_text}; }}
</style>
"""


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage that is shown with a bar; None where there is nothing to divide by."""

    percent: float | None


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere within the page's own host."""

    words: str
    to: str
    apart: bool = False
    """Whether it opens beside the page."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Words that want looking at: ``bad`` or ``warn``; a mark stands with the colour."""

    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Short:
    """Words that stay in one line: a day, a name, an amount, which stands at the right."""

    words: str
    right: bool = False


Cell: TypeAlias = str | int | Share | Link | Marked | Short | None


def table_html(titles: Sequence[str], rows: Iterable[Sequence[Cell]], caption: str = "") -> str:
    """A table whose first column names its rows."""
    listed = list(rows)
    numbers = [_is_right(cell) for cell in listed[0]] if listed else [False] * len(titles)
    heads = "".join(
        f'<th scope="col"{NUMBER if number else ""}>{html.escape(title)}</th>'
        for title, number in zip(titles, numbers, strict=True)
    )
    lines = "".join(_line(row) for row in listed)
    words = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="rg-list-wrap" role="region" tabindex="0" aria-label="{html.escape(caption or titles[0])}">'
        f'<table class="rg-list">{words}<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _line(row: Sequence[Cell]) -> str:
    first, *rest = row
    return f'<tr><th scope="row">{_cell(first)}</th>{"".join(_td(cell) for cell in rest)}</tr>'


def _td(cell: Cell) -> str:
    return f"<td{NUMBER if _is_right(cell) else ''}>{_cell(cell)}</td>"


def _is_right(cell: Cell) -> bool:
    return isinstance(cell, int | Share) or (isinstance(cell, Short) and cell.right)


NUMBER = ' class="number"'
MARK = {"bad": "✕", "warn": "▲"}

MARKED_IN_ONE_LINE = 12
"""Letters of a mark that does not break."""


def _cell(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, Short):
        return f'<span class="short">{html.escape(cell.words)}</span>'
    if isinstance(cell, Link):
        target = "_blank" if cell.apart else "_self"
        return f'<a href="{html.escape(cell.to)}" target="{target}">{html.escape(cell.words)}</a>'
    if isinstance(cell, Marked):
        short = " short" if len(cell.words) <= MARKED_IN_ONE_LINE else ""
        return f'<span class="{cell.kind}{short}">{MARK[cell.kind]} {html.escape(cell.words)}</span>'
    return _share(cell) if isinstance(cell, Share) else html.escape(cell)


def _share(cell: Share) -> str:
    if cell.percent is None:
        return "–"
    bar = f'<span class="share"><i style="width:{cell.percent:.0f}%"></i></span>'
    return f'{bar}<span class="percent">{cell.percent:.1f}%</span>'


def joined(lang: str, words: Iterable[str]) -> str:
    """Words one after the other, as a language separates them."""
    return ("、" if lang == "zh" else ", ").join(words)


def facts_html(facts: Iterable[tuple[str, str, str]]) -> str:
    """Numbers in a row: name, value, and ``bad`` or nothing."""
    boxes = "".join(
        f'<div class="{kind}"><b>{html.escape(value)}</b><span>{html.escape(name)}</span></div>'
        for name, value, kind in facts
    )
    return f'<div class="rg-facts-row">{boxes}</div>'
