"""Colours of the map and the pages, light and dark; checked for contrast and colour blindness by a test."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. ``classes`` run from low to high load; the map never relies on them alone.

    ``line`` parts what lies side by side and means nothing; ``mark`` is the pale square of the emblem. ``bands`` run
    from far below a band over what lies in it to far above; the map hatches both ends.
    """

    background: str
    panel: str
    text: str
    muted: str
    outline: str
    ok: str
    warn: str
    bad: str
    bad_text: str
    warn_text: str
    line: str
    pale_warn: str
    pale_bad: str
    mark: str
    classes: tuple[str, str, str, str, str]
    bands: tuple[str, str, str, str, str]
    water: str
    green: str
    built: str
    road: str
    road_edge: str

    def as_dict(self) -> dict[str, object]:
        """The palette as plain values for a page or a script."""
        return asdict(self)


LIGHT = Palette(
    background="#FFFFFF",
    panel="#F3F6F9",
    text="#16202A",
    muted="#4A5A68",
    outline="#5B6B7A",
    ok="#0B5A9E",
    warn="#F2B01E",
    bad="#B3261E",
    bad_text="#B3261E",
    warn_text="#7A5600",
    line="#D5DDE5",
    pale_warn="#FFF6DD",
    pale_bad="#FBECEB",
    mark="#E6A19C",
    classes=("#E8F1F8", "#B0D0E9", "#6FA8D6", "#2F75B5", "#123F73"),
    bands=("#5B9BD0", "#B4D3EA", "#EEF1EC", "#F0BE86", "#D07F2E"),
    water="#CFE3EA",
    green="#DCEBD9",
    built="#D9DEE3",
    road="#FFFFFF",
    road_edge="#CBD3DA",
)

DARK = Palette(
    background="#0F1720",
    panel="#182430",
    text="#F2F5F7",
    muted="#AEBBC7",
    outline="#7C8FA1",
    ok="#6FB1E6",
    warn="#F2C14E",
    bad="#D6453A",
    bad_text="#FF8A7A",
    warn_text="#F2C14E",
    line="#2A3947",
    pale_warn="#33290F",
    pale_bad="#3A1F1D",
    mark="#8A3B35",
    classes=("#22384D", "#2F5F86", "#4A8FC0", "#86C0E6", "#D6EDFB"),
    bands=("#4586BE", "#2A4F70", "#202B33", "#6B4420", "#B87527"),
    water="#13293A",
    green="#1B2E27",
    built="#2A3947",
    road="#2B3A48",
    road_edge="#1A2631",
)

THEMES = {"light": LIGHT, "dark": DARK}


def css_variables(palette: Palette) -> str:
    """The palette as CSS declarations, with what is legible on its strong colours."""
    light = palette is LIGHT
    named = {
        "background": palette.background,
        "panel": palette.panel,
        "text": palette.text,
        "muted": palette.muted,
        "outline": palette.outline,
        "line": palette.line,
        "ok": palette.ok,
        "top": palette.ok if light else palette.background,
        "on-top": palette.background if light else palette.text,
        "warn": palette.warn,
        "on-warn": palette.text if light else palette.background,
        # White on the red of the dark theme is hard to read; the red of its text takes dark letters.
        "bad": palette.bad if light else palette.bad_text,
        "on-bad": palette.background,
        "bad-text": palette.bad_text,
        "pale-bad": palette.pale_bad,
        "mark": palette.mark,
        "pale": palette.classes[0],
    }
    return ";".join(f"--{name}:{colour}" for name, colour in named.items())
