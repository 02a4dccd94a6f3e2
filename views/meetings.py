"""The joint meetings: one unit's agenda, the calendar of what is due, the four figures with the ledger."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from city import meeting_papers, meetings
from city.meeting_papers import DOCX_KIND
from city.meetings import AgendaLine, AgendaView, UnitCalendar
from city.spreadsheets import XLSX_KIND
from city.words import Words
from domain.grids import CITY
from domain.meetings import Matter, Meeting, PeriodStanding, Standing, Tier
from domain.periods import SPAN, Days, Span, days_of
from domain.said import BadInput, Refused, Said, said
from domain.titles import MATTER_OUTCOME, STANDING, TIER
from gis.palette import LIGHT
from storage.meetings import LedgerLine
from views.cards import moment
from views.choosing import choose_unit
from views.meeting_forms import show_agenda_buttons, show_matter_buttons
from views.taking import noted
from views.visit import Visit

P = LIGHT

CSS = f"""
<style>
.rg-calendar-wrap {{ overflow: auto; max-height: max(360px, calc(100vh - 300px)); border: 1px solid {P.line}; border-radius: 8px; }}
.rg-calendar {{ border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }}
.rg-calendar th, .rg-calendar td {{ padding: 5px 10px; border-bottom: 1px solid {P.line}; text-align: left; white-space: nowrap; }}
.rg-calendar thead th {{ position: sticky; top: 0; background: {P.panel}; z-index: 1; }}
.rg-calendar tbody th {{ font-weight: 400; position: sticky; left: 0; background: {P.background}; }} .rg-calendar a {{ color: {P.ok}; }}
.rg-calendar .held {{ color: {P.ok}; }} .rg-calendar .due {{ color: {P.warn_text}; }} .rg-calendar .missed {{ color: {P.bad_text}; font-weight: 600; }}
.rg-matter dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 6px 0 0; font-size: 14px; }}
.rg-matter dt {{ color: {P.muted}; }} .rg-matter dd {{ margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }}
</style>
"""

SECTIONS: Mapping[str, Said] = {
    "agenda": said("Agenda"),
    "calendar": said("What is due"),
    "figures": said("Figures and ledger"),
}
MARK = {Standing.HELD: "●", Standing.DUE: "▲", Standing.MISSED: "✕"}
"""How a period is marked, beside its word."""

LINES_SHOWN = 200
"""How many matters of the ledger a page carries; the files carry all."""


def show_meetings(visit: Visit) -> None:
    """The whole page."""
    say = visit.say
    st.html(CSS)
    if visit.person.department:
        _what_a_department_leads(visit)
        return
    units = meetings.readable(visit.city, visit.person)
    if not units:
        st.info(say("Joint meetings are not among what your role sees."))
        return
    visit.show_told()
    section = _choose_section(visit)
    shown: dict[str, Callable[[Visit, tuple[str, ...]], None]] = {
        "agenda": _agenda,
        "calendar": _calendar,
        "figures": _figures,
    }
    shown[section](visit, units)


def _choose_section(visit: Visit) -> str:
    asked = st.query_params.get("section", "agenda")
    st.session_state.setdefault("meetings-section", asked if asked in SECTIONS else "agenda")
    chosen = st.segmented_control(
        visit.say("Joint meetings"),
        list(SECTIONS),
        format_func=lambda name: visit.say.of(SECTIONS[name]),
        key="meetings-section",
        required=True,
        label_visibility="collapsed",
        on_change=_note,
        args=("section", "meetings-section"),
    )
    return chosen or "agenda"


def _note(name: str, key: str) -> None:
    """Keep a choice in the address."""
    st.query_params[name] = str(st.session_state[key] or "")


# --- one unit's agenda ----------------------------------------------------------------------------------------


def _agenda(visit: Visit, units: tuple[str, ...]) -> None:
    structure = visit.city.ground.structure
    asked = st.query_params.get("unit", visit.person.area)
    unit = choose_unit(
        visit, visit.say("Whose meeting"), units, structure.name, key="meetings-unit",
        chosen=asked if asked in units else units[0], width=480, on_change=_change_unit,
    )  # fmt: skip
    if unit is None:
        return
    try:
        view = meetings.agenda(visit.city, visit.person, unit)
        st.html(_heading_html(visit, view))
        show_agenda_buttons(visit, view)
        _matters(visit, view)
        _held(visit, view)
    except Refused as refused:
        st.warning(visit.say.of(refused.because))


def _change_unit() -> None:
    _note("unit", "meetings-unit")
    st.query_params.pop("meeting", None)
    st.session_state.pop("meetings-held", None)


def _heading_html(visit: Visit, view: AgendaView) -> str:
    say, meeting = visit.say, view.meeting
    if meeting is None:
        return f'<div class="rg-empty">{say("Nothing is on the next agenda yet.")}</div>'
    when = (
        say("planned for {time}", time=moment(visit, meeting.planned_at))
        if meeting.planned_at
        else say("no date yet")
    )
    facts = " · ".join((when, _kind(visit, meeting), say("matters: {n}", n=len(view.lines))))
    lacking = f'<div class="code">▲ {html.escape(say.of(view.lacking))}</div>' if view.lacking else ""
    return (
        f'<section class="rg-unit"><h2>{html.escape(view.name)} · {html.escape(meeting.title)}</h2>'
        f'<div class="code">{facts}</div>{lacking}</section>'
    )


def _kind(visit: Visit, meeting: Meeting) -> str:
    return visit.say("regular meeting") if meeting.regular else visit.say("ad-hoc meeting")


def _matters(visit: Visit, view: AgendaView) -> None:
    for line in view.lines:
        st.html(matter_html(visit, line))
        show_matter_buttons(visit, view, line)


def matter_html(visit: Visit, line: AgendaLine) -> str:
    """A matter as HTML, everything that people wrote escaped."""
    say, matter = visit.say, line.matter
    moved_on = line.last.id != matter.id
    facts = (
        (say("Passed up by"), line.from_unit),
        (say("Resolution"), matter.resolution),
        (say("Lead department"), say.pick(*line.lead) if line.lead else None),
        (say("Due date"), moment(visit, matter.due_at) if matter.due_at else None),
        (say("Written ledger"), matter.ledger),
        (say("Decided in the end"), f"{line.last_unit} · {outcome_of(line.last, say)}" if moved_on else None),
        (say("Feedback"), matter.feedback),
        (say("Fed back on"), moment(visit, matter.fed_back_at) if matter.fed_back_at else None),
        (say("Settled on"), moment(visit, matter.settled_at) if matter.settled_at else None),
    )
    listed = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd>" for name, text in facts if text
    )
    ticket = (
        f'<a href="/?ticket={html.escape(line.ticket)}" target="_self">{html.escape(line.ticket)}</a>'
        if line.ticket
        else ""
    )
    mark = "●" if matter.outcome else "▲"
    return (
        f'<article class="rg-card rg-matter {"ok" if matter.outcome else "warn"}"><header>'
        f'<b>{html.escape(matter.title)}</b><span class="state">{mark} {outcome_of(matter, say)}</span>{ticket}</header>'
        f"<dl>{listed}</dl></article>"
    )


def _held(visit: Visit, view: AgendaView) -> None:
    """The meetings that were held: one is chosen and shown with its papers."""
    if not view.held:
        return
    say, by_id = visit.say, {m.id: m for m in view.held}
    asked = st.query_params.get("meeting", "")
    ids = list(by_id)
    names = [str(n) for n in ids]
    chosen = st.selectbox(
        say("Meetings held"),
        ids,
        index=names.index(asked) if asked in names else None,
        format_func=lambda n: _held_name(visit, by_id[n]),
        key="meetings-held",
        placeholder=say("Choose a meeting"),
        on_change=_note,
        args=("meeting", "meetings-held"),
    )
    if chosen is None:
        return
    shown = meetings.record(visit.city, visit.person, chosen)
    assert shown.meeting is not None
    st.html(_record_html(visit, shown.meeting))
    st.download_button(
        say("Minutes as DOCX"),
        noted(
            visit,
            "minutes",
            partial(meeting_papers.minutes_docx, visit.city, shown, say),
            meeting=shown.meeting.id,
        ),
        f"minutes-{shown.meeting.id}.docx",
        DOCX_KIND,
        key="minutes",
        on_click="ignore",
    )
    _matters(visit, shown)


def _held_name(visit: Visit, meeting: Meeting) -> str:
    assert meeting.held_at is not None
    return f"{moment(visit, meeting.held_at)} · {_kind(visit, meeting)}"


def _record_html(visit: Visit, meeting: Meeting) -> str:
    say = visit.say
    present = html.escape("、".join(meeting.present) or "–")
    minutes = html.escape(meeting.minutes or "–")
    return (
        f'<section class="rg-unit rg-matter"><h2>{html.escape(_held_name(visit, meeting))}</h2><dl>'
        f"<dt>{say('Who was present')}</dt><dd>{present}</dd><dt>{say('What was discussed')}</dt><dd>{minutes}</dd>"
        "</dl></section>"
    )


def _what_a_department_leads(visit: Visit) -> None:
    lines = meetings.led(visit.city, visit.person)
    if not lines:
        st.info(visit.say("No meeting has assigned anything to your department."))
    for line in lines:
        st.html(matter_html(visit, line))


# --- what is due ------------------------------------------------------------------------------------------------


def _calendar(visit: Visit, _units: tuple[str, ...]) -> None:
    say, lines = visit.say, meetings.calendar(visit.city, visit.person)
    tiers = [tier for tier in reversed(Tier) if any(line.tier is tier for line in lines)]
    asked = st.query_params.get("tier")
    st.session_state.setdefault("meetings-tier", asked if asked in tiers else tiers[0].value)
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        tier = st.segmented_control(
            say("Level"),
            [tier.value for tier in tiers],
            format_func=lambda name: _tier_title(visit, Tier(name), lines),
            key="meetings-tier",
            required=True,
            label_visibility="collapsed",
            on_change=_note,
            args=("tier", "meetings-tier"),
        )
    with right:
        only_missed = st.toggle(say("Only units that missed a period"), key="meetings-missed")
    shown = [line for line in lines if line.tier == tier and (line.missed or not only_missed)]
    if not shown:
        st.html(f'<div class="rg-empty">{say("No unit missed a period.")}</div>')
        return
    st.html(_calendar_html(visit, sorted(shown, key=lambda line: -line.missed)))


def _tier_title(visit: Visit, tier: Tier, lines: list[UnitCalendar]) -> str:
    """The tier, and how many periods were missed in it: a number and a mark, so that nobody has to look for them."""
    missed = sum(line.missed for line in lines if line.tier is tier)
    return visit.say.of(TIER[tier]) + (f" · {MARK[Standing.MISSED]} {missed}" if missed else "")


def _calendar_html(visit: Visit, lines: list[UnitCalendar]) -> str:
    say = visit.say
    longest = max(lines, key=lambda line: len(line.periods)).periods
    heads = "".join(f'<th scope="col">{_period(each)}</th>' for each in reversed(longest))
    rows = "".join(_row_html(visit, line) for line in lines)
    return (
        f'<div class="rg-calendar-wrap" role="region" aria-label="{say("What is due")}" tabindex="0">'
        f'<table class="rg-calendar"><thead><tr><th scope="col">{say("Unit")}</th>'
        f'<th scope="col">{say("On the agenda")}</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row_html(visit: Visit, line: UnitCalendar) -> str:
    address = f"/?view=meetings&unit={html.escape(line.unit)}"
    on_it = f"{line.agenda.matters}" if line.agenda else "–"
    cells = "".join(_standing_html(visit, each) for each in reversed(line.periods))
    return (
        f'<tr><th scope="row"><a href="{address}" target="_self">{html.escape(line.name)}</a></th>'
        f"<td>{on_it}</td>{cells}</tr>"
    )


def _standing_html(visit: Visit, each: PeriodStanding) -> str:
    day = f" {each.held_at.astimezone(visit.city.zone):%m-%d}" if each.held_at else ""
    word = visit.say.of(STANDING[each.standing])
    return f'<td class="{each.standing.value}">{MARK[each.standing]} {word}{day}</td>'


def _period(each: PeriodStanding) -> str:
    """``2026-07`` for a month, ``2026-07 – 09`` for more."""
    first, last = each.period.first, each.period.last
    return f"{first:%Y-%m}" if first.month == last.month else f"{first:%Y-%m} – {last:%m}"


# --- figures and ledger -------------------------------------------------------------------------------------------


def _figures(visit: Visit, units: tuple[str, ...]) -> None:
    say, structure = visit.say, visit.city.ground.structure
    left, middle, right = st.columns([3, 3, 4], vertical_alignment="bottom")
    with left:
        own = visit.person.area if visit.person.area in units else CITY
        unit = choose_unit(
            visit,
            say("Unit, with those below"),
            units,
            structure.name,
            key="meetings-figures-unit",
            chosen=own,
        )
    with middle:
        span = st.selectbox(
            say("Period"), list(Span), index=list(Span).index(Span.THIS_YEAR), format_func=lambda s: say.of(SPAN[s])
        )  # fmt: skip
    with right:
        days = _days(visit, span or Span.THIS_YEAR)
    if days is None or unit is None:
        return
    since, until = days.moments(visit.city.zone)
    found = meetings.statistics(visit.city, visit.person, since, until, unit)
    boxes = (
        (say("Joint meetings held"), found.held, say("without the compounds' councils")),
        (say("Settled at their own level"), found.settled, ""),
        (say("Moved up"), found.moved_up, say("counted once, where they came from")),
        (say("Of these settled above"), found.settled_above, ""),
    )
    cells = "".join(
        f'<div class="rg-kpi"><span>{name}</span><strong>{n:,}</strong><small>{more}</small></div>'
        for name, n, more in boxes
    )
    st.html(f'<div class="rg-kpis" style="grid-template-columns:repeat(4,1fr)">{cells}</div>')
    st.caption(f"{days.first} – {days.last}")
    lines = meetings.ledger(visit.city, visit.person, since, until, unit)
    if not lines:
        return
    name = f"ledger-{days.first}-{days.last}"
    with st.container(key="downloads", horizontal=True, gap="small"):
        st.download_button(
            say("Ledger as XLSX"), noted(visit, "ledger", partial(meeting_papers.ledger_xlsx, visit.city, lines, say), kind="xlsx", rows=len(lines)),
            f"{name}.xlsx", XLSX_KIND, key="ledger-xlsx", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            say("Ledger as DOCX"), noted(visit, "ledger", partial(meeting_papers.ledger_docx, visit.city, lines, say), kind="docx", rows=len(lines)),
            f"{name}.docx", DOCX_KIND, key="ledger-docx", on_click="ignore",
        )  # fmt: skip
    st.html(_ledger_html(visit, lines))


def _ledger_html(visit: Visit, lines: Sequence[LedgerLine]) -> str:
    """The newest matters of the ledger; the files hold them all."""
    say = visit.say
    heads = (say("Held on"), say("Unit"), say("Matter"), say("Outcome"), say("Decided in the end"))
    titles = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(_ledger_row_html(visit, line) for line in reversed(lines[-LINES_SHOWN:]))
    return (
        f'<div class="rg-calendar-wrap" role="region" aria-label="{say("Ledger of joint meetings")}" tabindex="0">'
        f'<table class="rg-calendar"><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _ledger_row_html(visit: Visit, line: LedgerLine) -> str:
    say, name = visit.say, visit.city.ground.structure.name
    held_at = moment(visit, line.meeting.held_at) if line.meeting.held_at else ""
    moved_on = line.last.id != line.matter.id
    cells = (
        name(line.meeting.unit),
        line.matter.title,
        outcome_of(line.matter, say),
        f"{name(line.last_meeting.unit)} · {outcome_of(line.last, say)}" if moved_on else "",
    )
    return f"<tr><td>{held_at}</td>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"


def outcome_of(matter: Matter, say: Words) -> str:
    """What a meeting decided about a matter, in words."""
    return say.of(MATTER_OUTCOME[matter.outcome]) if matter.outcome else say("not decided yet")


def _days(visit: Visit, span: Span) -> Days | None:
    """The days asked for, or None when they are no period; the page says why."""
    days = days_of(span, visit.city.now().astimezone(visit.city.zone).date())
    if span is not Span.OWN:
        return days
    left, right = st.columns(2)
    with left:
        first = st.date_input(visit.say("From"), value=days.first, format="YYYY-MM-DD")
    with right:
        last = st.date_input(visit.say("To, included"), value=days.last, format="YYYY-MM-DD")
    try:
        return Days(first, last)
    except BadInput as refused:
        st.warning(visit.say.of(refused.because))
        return None
