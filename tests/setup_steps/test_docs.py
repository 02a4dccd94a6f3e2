"""The handbook keeps its word: pages in both languages, pictures, links, commands and settings that exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from babel.messages.pofile import read_po
from typer.core import TyperGroup

from city.settings import HOME, Settings
from cli.app import app
from setup_steps.pictures import PICTURES

DOCS = HOME / "docs"
USERS = ("leader", "grid-head", "planner", "administrator")
LANGUAGES = {"en": "zh", "zh": "en"}
LARGEST = 300_000

PAGES = [*sorted(DOCS.glob("*.md")), HOME / "README.md"]
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

LINK = re.compile(r"(!?)\[([^]]*)]\(([^)\s]+)\)")
CODE = re.compile(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
ROOT = typer.main.get_command(app)


def links_of(page: Path) -> list[tuple[str, str, str]]:
    """Whether it is a picture, the words, and where it leads."""
    return LINK.findall(page.read_text(encoding="utf-8"))


def commands_of(page: Path) -> Iterator[str]:
    """Every `redgrid …` of a page, also the second of two on one line."""
    for block, word in CODE.findall(page.read_text(encoding="utf-8")):
        for line in (block or word).splitlines():
            found = re.match(r"\s*(?:\.venv/bin/|\./)?redgrid (.+)", line)
            if found and "…" not in line.split("#")[0].replace("FILE --level 1 …", ""):
                yield found[1].split(" #")[0].strip()


@pytest.mark.parametrize("user", (*USERS, "operations"))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_user_has_a_page_that_leads_to_its_other_language(user: str, lang: str) -> None:
    page = DOCS / f"{user}.{lang}.md"
    assert f"{user}.{LANGUAGES[lang]}.md" in {target for _, _, target in links_of(page)}
    assert page.name in {target for _, _, target in links_of(DOCS / "README.md")}


@pytest.mark.parametrize("user", USERS)
def test_both_languages_of_a_page_show_the_same_pictures_and_commands(user: str) -> None:
    def pictures(lang: str) -> list[str]:
        page = DOCS / f"{user}.{lang}.md"
        return [t.replace(f".{lang}.png", "") for is_picture, _, t in links_of(page) if is_picture]

    def commands(lang: str) -> list[str]:
        return [re.sub(r'"[^"]*"', '"…"', each) for each in commands_of(DOCS / f"{user}.{lang}.md")]

    assert pictures("zh") == pictures("en") != []
    assert sorted(set(commands("zh"))) == sorted(set(commands("en")))


@pytest.mark.parametrize("user", USERS)
def test_whatever_a_chinese_page_quotes_stands_on_a_screen(user: str) -> None:
    catalog = read_po((HOME / "city" / "locale" / "zh" / "redgrid.po").open("rb"))
    screens = "\n".join(str(message.string) for message in catalog if message.id)
    quoted = re.findall(r"“([^”]+)”", (DOCS / f"{user}.zh.md").read_text(encoding="utf-8"))
    # What a screen says may go on with a number, an example or a bracket.
    assert [
        w for w in quoted if not re.search(rf"^{re.escape(w.strip('☆ '))}($|[ （：{{])", screens, re.M)
    ] == []


def test_both_languages_of_operations_tell_of_the_same_commands_settings_and_tables() -> None:
    def told(lang: str) -> list[str]:
        words = (DOCS / f"operations.{lang}.md").read_text(encoding="utf-8")
        return sorted({word for _, word in CODE.findall(words) if word})

    assert told("zh") == told("en")


@EVERY_PAGE
def test_every_link_within_the_project_leads_to_a_file(page: Path) -> None:
    inside = [target.split("#")[0] for _, _, target in links_of(page) if "://" not in target]
    assert [each for each in inside if not (page.parent / unquote(each)).exists()] == []


@EVERY_PAGE
def test_every_picture_is_told_in_words_and_not_too_large(page: Path) -> None:
    shown = [(words, page.parent / target) for is_picture, words, target in links_of(page) if is_picture]
    assert [words for words, _ in shown if len(words) < 8] == []
    assert [file.name for _, file in shown if file.stat().st_size > LARGEST] == []


def test_every_picture_in_the_folder_is_shown_and_made_by_the_script() -> None:
    shown = {Path(t).name for page in PAGES for is_picture, _, t in links_of(page) if is_picture}
    made = {f"{each.name}.{lang}.png" for each in PICTURES for lang in each.langs}
    assert shown == made == {file.name for file in (DOCS / "pictures").iterdir()}


@EVERY_PAGE
def test_every_command_exists_with_its_options(page: Path) -> None:
    assert [wrong for command in commands_of(page) if (wrong := wrong_in(command))] == []


def wrong_in(command: str) -> str:
    """What is wrong with a command as a page writes it; `[…]` is what may be left out."""
    words = shlex.split(re.sub(r"[\[\]]", " ", command.replace("·", "")))
    known = ROOT
    while words and isinstance(known, TyperGroup):
        name = words.pop(0)
        if name not in known.commands:
            return f"{command}: there is no {name}"
        known = known.commands[name]
    options = {name for each in known.params for name in (*each.opts, *each.secondary_opts)}
    unknown = [each for each in words if each.startswith("-") and each not in options]
    return f"{command}: {unknown}" if unknown else ""


def test_every_setting_is_told_and_every_setting_told_exists() -> None:
    known = {f"REDGRID_{name.upper()}" for name in Settings.model_fields}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    table = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(REDGRID_\w+)`", table, re.MULTILINE)) == known
    assert set(re.findall(r"REDGRID_[A-Z_]+[A-Z]", text)) == known
