"""Colours that people can read and tell apart, whatever their eyes are; and no colour beside the palette's."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from city.settings import HOME
from gis.palette import DARK, LIGHT, THEMES, Palette, css_variables

Colour = npt.NDArray[np.float64]

TEXT, LARGE, SHAPE = 4.5, 3.0, 3.0
"""WCAG 2.2, AA: ratios of contrast for text, for text of 24 px and more, and for what is no text but means something."""

NEIGHBOURS = 15.0
"""CIE 1976 colour difference between two classes that follow each other."""

SIGHTS = {
    "all cones": np.eye(3),
    "no red cones": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "no green cones": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "no blue cones": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
"""How linear RGB is seen: Machado, Oliveira and Fernandes (2009), severity 1.0."""

XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
WHITE = XYZ @ np.ones(3)


def linear(colour: str) -> Colour:
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float((XYZ @ linear(colour))[1])


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, sight: Colour) -> Colour:
    x = XYZ @ np.clip(sight @ linear(colour), 0, 1) / WHITE
    a, b, c = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * b - 16, 500 * (a - b), 200 * (b - c)])


def difference(one: str, two: str, sight: Colour) -> float:
    return float(np.linalg.norm(lab(one, sight) - lab(two, sight)))


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_text_reads_on_every_ground_of_its_theme(theme: Palette) -> None:
    for ground in (theme.background, theme.panel):
        for words in (theme.text, theme.muted, theme.bad_text, theme.warn_text, theme.ok):
            assert contrast(words, ground) >= TEXT, (words, ground)
    assert contrast(theme.text, theme.pale_warn) >= TEXT
    assert contrast(theme.bad_text, theme.pale_bad) >= TEXT
    assert contrast(theme.text, theme.classes[0]) >= TEXT
    # The map's words lie on every class, with a seam of the background around them.
    assert contrast(theme.text, theme.background) >= 7


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_text_reads_on_strong_colours(theme: Palette) -> None:
    named = dict(each.removeprefix("--").split(":") for each in css_variables(theme).split(";"))
    for words, ground in (("on-top", "top"), ("on-warn", "warn"), ("on-bad", "bad"), ("background", "ok"), ("ok", "pale")):  # fmt: skip
        if theme is LIGHT or ground != "pale":
            assert contrast(named[words], named[ground]) >= TEXT, (words, ground)
    assert contrast(LIGHT.text, theme.warn) >= TEXT
    # White on red: on pages that are light always, and on the wall, where nothing is smaller than 30 px.
    assert contrast("#FFFFFF", theme.bad) >= (TEXT if theme is LIGHT else LARGE)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_outlines_and_shapes_stand_out_from_their_ground(theme: Palette) -> None:
    for ground in (theme.background, theme.panel):
        for shape in (theme.outline, theme.ok, theme.bad):
            assert contrast(shape, ground) >= SHAPE, (shape, ground)
    # Amber on white cannot: where it warns there, ▲ and the word are written in a colour of text.
    assert contrast(theme.warn_text, theme.background) >= TEXT


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_classes_grow_steadily_darker_or_lighter(theme: Palette) -> None:
    steps = [luminance(c) for c in theme.classes]
    assert steps in (sorted(steps), sorted(steps, reverse=True))


@pytest.mark.parametrize("sight", SIGHTS.values(), ids=list(SIGHTS))
@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_classes_and_signals_can_be_told_apart_by_every_eye(theme: Palette, sight: Colour) -> None:
    for low, high in zip(theme.classes, theme.classes[1:], strict=False):
        assert difference(low, high, sight) >= NEIGHBOURS, (low, high)
    for one, two in ((theme.ok, theme.warn), (theme.warn, theme.bad), (theme.ok, theme.bad)):
        assert difference(one, two, sight) >= 2 * NEIGHBOURS, (one, two)


@pytest.mark.parametrize("sight", SIGHTS.values(), ids=list(SIGHTS))
@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_too_few_and_too_many_can_be_told_apart_by_every_eye(theme: Palette, sight: Colour) -> None:
    for one, two in zip(theme.bands, theme.bands[1:], strict=False):
        assert difference(one, two, sight) >= NEIGHBOURS, (one, two)
    for below in theme.bands[:2]:
        for above in theme.bands[3:]:
            assert difference(below, above, sight) >= 2 * NEIGHBOURS, (below, above)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_what_is_hatched_and_written_on_a_band_stands_out_from_it(theme: Palette) -> None:
    for end in (theme.bands[0], theme.bands[-1]):
        assert contrast(theme.text, end) >= SHAPE
    for ground in theme.bands[1:-1]:
        assert contrast(theme.text, ground) >= TEXT


# --- no colour beside the palette's -------------------------------------------------------------------------------

HEX = re.compile(r"(?<![&\w])#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b(?!-)")
DRAWN = ("views/*.py", "views/*.css", "views/*.js", "server/*.py", "server/templates/*.html", "server/assets/phone.*", "gis/*.py", "gis/layers/*", "city/*.py")  # fmt: skip
OWN = {
    "gis/palette.py": "the palette",
    "city/qr.py": "black on white, for every camera",
}


def stray(path: Path) -> list[str]:
    return [found.group() for found in HEX.finditer(path.read_text(encoding="utf-8"))]


def test_every_colour_comes_from_the_palette() -> None:
    files = [path for pattern in DRAWN for path in sorted(HOME.glob(pattern)) if path.is_file()]
    assert len(files) > 50
    found = {str(path.relative_to(HOME)): stray(path) for path in files}
    assert {name: colours for name, colours in found.items() if colours and name not in OWN} == {}


def test_streamlits_theme_is_the_palettes() -> None:
    settings = (HOME / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert {found.upper() for found in HEX.findall(settings)} <= {LIGHT.ok, LIGHT.text, LIGHT.panel}


def test_the_dark_theme_is_dark_and_the_light_one_light() -> None:
    assert luminance(DARK.background) < 0.05 < 0.9 < luminance(LIGHT.background)
