"""Lists as files on a page: taken out as CSV or XLSX, brought in with what was refused and why."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from city.access import watching
from city.frontline import shades
from city.frontline.sheet_files import Brought, besides_for, bring_in, file_of, rows_for
from city.frontline.sheets import sheet_named
from city.spreadsheets import CSV_KIND, XLSX_KIND
from domain.frontline.rights import RIGHTS, reads_unit
from domain.frontline.sheets import Kind, Sheet
from domain.said import Refused
from views.frontline.tables import table_html
from views.taking import noted
from views.visit import Visit

SHOWN = 30
"""Refused rows on the page, the first of them."""

TAKEN = ["csv", "txt", "xlsx", "parquet"]


def offer_files(visit: Visit, name: str, unit: str) -> None:
    """Take a list's rows of a unit out; bring rows in, for those who keep it."""
    sheet = sheet_named(name)
    with st.container(key=f"list-files-{name}", horizontal=True, gap="small", vertical_alignment="center"):
        for kind, media in (("csv", CSV_KIND), ("xlsx", XLSX_KIND)):
            make = partial(_made, visit, sheet, unit, kind)
            made = noted(visit, f"list {name}", make, kind=kind)
            title = visit.say("Download {kind}", kind=kind.upper())
            st.download_button(
                title, made, f"{name}.{kind}", media, key=f"list-{name}-{kind}", on_click="ignore"
            )
    if visit.person.role in RIGHTS[name].keeps:
        _bring_in(visit, sheet)


def offer_several(visit: Visit, kinds: Sequence[type[Kind]], unit: str) -> None:
    """The files of several lists side by side, each under its name, as far as somebody may read them."""
    structure = visit.city.ground.structure
    theirs = [kind.LIST for kind in kinds if reads_unit(visit.person, kind.LIST, unit, structure)]
    if not theirs:
        return
    for place, name in zip(st.columns(len(theirs), gap="medium"), theirs, strict=True):
        with place:
            st.caption(visit.say.of(sheet_named(name).title))
            offer_files(visit, name, unit)


def _made(visit: Visit, sheet: Sheet[Any], unit: str, kind: str) -> bytes:
    rows = rows_for(visit.city, visit.person, sheet, unit)
    return file_of(
        visit.city, sheet, rows, kind, visit.say, besides_for(visit.city, visit.person, sheet, rows)
    )


def _bring_in(visit: Visit, sheet: Sheet[Any]) -> None:
    say = visit.say
    with st.expander(say("Bring rows in from a file")), st.form(f"bring-{sheet.name}", border=False):
        headings = "、".join(say.of(column.title) for column in (*sheet.columns, *sheet.beside))
        st.caption(say("CSV or XLSX with these columns: {columns}. The same file again changes nothing.", columns=headings))  # fmt: skip
        sent = st.file_uploader(
            say("File"), type=TAKEN, key=f"bring-file-{sheet.name}", label_visibility="collapsed"
        )
        if st.form_submit_button(say("Bring them in"), type="primary"):
            if sent is None:
                st.error(say("Please choose a file."))
            else:
                _bring(visit, sheet, sent.name, sent.getvalue())


def _bring(visit: Visit, sheet: Sheet[Any], name: str, content: bytes) -> None:
    say = visit.say
    try:
        with tempfile.TemporaryDirectory() as folder, watching(visit.city, visit.person, "list"):
            # The name is somebody's: only its ending is used.
            path = Path(folder) / f"{sheet.name}{Path(name).suffix.lower()}"
            path.write_bytes(content)
            done = bring_in(visit.city, path, sheet, by=visit.person)
    except Refused as refused:
        st.error(say.of(refused.because))
        return
    shades.forget_numbers(visit.city)
    listed = done.listed
    words = say(
        "{new} new rows, {changed} changed, {unchanged} as they were, {refused} refused.",
        new=listed.new, changed=listed.changed, unchanged=listed.unchanged, refused=len(done.refused),
    )  # fmt: skip
    if not done.refused:
        visit.tell(words)
        st.rerun()
    st.warning(words)
    _refused(visit, done)


def _refused(visit: Visit, done: Brought) -> None:
    say = visit.say
    rows = [[str(each.row), say.of(each.why)] for each in done.refused[:SHOWN]]
    st.html(table_html([say("Row"), say("What is wrong")], rows, say("Refused rows")))
