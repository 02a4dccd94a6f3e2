"""Let the solver propose or repair a plan: what is wished, how far it is, what came of it – or the proof that there is none."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from city import proposing
from city.proposing import Job, JobState, Kind, Order
from domain.findings import Finding
from domain.grids import Level
from domain.plans.bands import BANDS
from domain.plans.proposals import Band, Figures, Impossible, Proposal, Wishes, dividing, figures
from domain.said import Refused, Said, said
from domain.titles import LEVEL
from gis.palette import LIGHT as P
from views.away import unless_away
from views.choosing import choose_unit
from views.drawing import listed
from views.plain import plain
from views.worktable import Worktable

CSS = f"""
<style>
.rg-figures-two {{ border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums; }}
.rg-figures-two th, .rg-figures-two td {{ padding: 5px 14px; text-align: right; border-bottom: 1px solid {P.line}; }}
.rg-figures-two th:first-child {{ text-align: left; }} .rg-figures-two thead th {{ color: {P.muted}; font-weight: 600; }}
.rg-figures-two small {{ color: {P.muted}; }}
</style>
"""

WHOLE_CITY = ""

EDGES: Mapping[str, Said] = {"road": said("Main roads"), "water": said("The river and other water")}
"""What a grid may be kept from reaching across, by the kind of unit that lies in between; other kinds go by their own name."""

FREE, COSTS, NEVER = "free", "costs", "never"
CROSSING: Mapping[str, Said] = {
    FREE: said("may be crossed"),
    COSTS: said("only where it pays"),
    NEVER: said("never"),
}
TOLL = 0.5
"""What reaching across 100 m costs, where it costs and nothing else is written."""

BLAMED = 12
"""Grids named as the reason why there is no division."""

LOOK_EVERY = 1.0
"""Seconds between two looks at how far the solver is."""


def show_proposals(table: Worktable) -> None:
    """The whole drawer: the form, and the solver at work or what came of it last."""
    st.html(CSS)
    job = _job(table)
    at_work = job is not None and not job.is_over
    left, right = st.columns([1, 1], gap="large")
    with left:
        within = _within(table)
        # Drawn also meanwhile: a field that is not drawn forgets what was typed.
        _form(table, within, at_work=at_work)
    with right:
        if job and at_work:
            _at_work(table, job)
            return
        if job and job.state is not JobState.CANCELLED:
            _what_came_of_it(table, job)
            return
        if job and job.order.base == table.opened.plan.id:
            st.info(table.visit.say("Stopped: nothing of it was kept."))
        _before_trying(table, within)


def _job(table: Worktable) -> Job | None:
    """The job at work in this city, else the one that this person began last."""
    city, person = table.visit.city, table.visit.person
    began = st.session_state.get("solve-job")
    return proposing.running_job(city, person) or (proposing.job(city, began, person) if began else None)


# --- at work --------------------------------------------------------------------------------------------


def _at_work(table: Worktable, begun: Job) -> None:
    say, city, person = table.visit.say, table.visit.city, table.visit.person
    _show_known(table, begun.known)

    @st.fragment(run_every=LOOK_EVERY)
    @unless_away
    def progress() -> None:
        job = proposing.job(city, begun.id, person)
        if job is None or job.is_over:
            st.rerun(scope="app")
            return
        st.progress(job.share, text=f"{plain(job.order.name)} · {say.of(job.stage)}")
        st.button(say("Stop"), key="stop-solver", on_click=proposing.cancel, args=(city, job.id, person))
        st.caption(say("Go on working meanwhile: nothing changes before a plan is published."))

    progress()


def _before_trying(table: Worktable, within: str) -> None:
    """What arithmetic tells before anybody tries, and how the plan stands."""
    say, opened = table.visit.say, table.opened
    found = figures(opened.ground.units, opened.draft, BANDS)
    st.html(figures_html(table, found, found))
    wishes = Wishes(within=within or None)
    _show_known(table, proposing.known_before(table.visit.city, opened.plan.id, wishes, table.visit.person))
    st.caption(
        say(
            "The solver works in the background. What it finds is a new draft; the plan it begins from stays as it is."
        )
    )


def _show_known(table: Worktable, known: Iterable[Finding]) -> None:
    """What arithmetic tells, a line each."""
    for finding in known:
        st.caption("ⓘ " + plain(table.visit.say.of(finding.words)))


# --- the form -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _OfLevel:
    """What is wished of a level: how many grids, the band (None for none), whether every grid has to be in it."""

    count: int
    band: Band | None
    must: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form holds. ``edges`` are the way and the price of each kind of ground; ``stay`` is from 0 to 1."""

    base: int
    within: str | None
    smallest: Level
    name: str
    levels: Mapping[Level, _OfLevel]
    edges: Mapping[str, tuple[str, float]]
    stay: float
    seed: int
    compounds: bool
    keep: bool

    def order(self, kind: Kind) -> Order:
        """What the solver is to do. How many, every one in its band, and how dear a change is: not asked of a repair."""
        repair = kind is Kind.REPAIR
        counted = (
            {self.smallest: self.levels[self.smallest]} if repair and not self.compounds else self.levels
        )
        bands = {level: band for level, band in BANDS.items() if level not in counted}
        wishes = Wishes(
            within=self.within,
            bands=bands | {level: each.band for level, each in counted.items() if each.band},
            seed=self.seed,
        )
        if not repair:
            wishes = replace(
                wishes,
                counts={level: each.count for level, each in self.levels.items()},
                must={level for level, each in self.levels.items() if each.must},
                stay=self.stay / 100,
            )
        return Order(
            kind,
            self.base,
            self.name,
            wishes,
            forbidden=tuple(ground for ground, (way, _) in self.edges.items() if way == NEVER),
            priced={ground: price for ground, (way, price) in self.edges.items() if way == COSTS},
            compounds_too=repair and self.compounds,
            keep_number=repair and self.keep,
        )


def _within(table: Worktable) -> str:
    """What shall be divided anew: a grid, or the whole city."""
    say, draft = table.visit.say, table.opened.draft
    st.markdown(f"**{say('From {plan}', plan=plain(table.opened.plan.name))}**")
    inner = [g for g in draft.grids.values() if g.level < draft.smallest]
    scopes = {WHOLE_CITY: say("The whole city")} | {
        g.code: f"{g.name} · {say.of(LEVEL[g.level])}" for g in sorted(inner, key=lambda g: (g.level, g.code))
    }
    return choose_unit(
        table.visit, say("What shall be divided anew?"), list(scopes), scopes.__getitem__, key="solve-within", chosen=WHOLE_CITY
    ) or WHOLE_CITY  # fmt: skip


def _form(table: Worktable, within: str, *, at_work: bool) -> None:
    say = table.visit.say
    with st.form("solve", border=True):
        asked = _fields(table, within)
        with st.container(horizontal=True, gap="small"):
            proposed = st.form_submit_button(
                say("Propose anew"), type="primary", key="solve-propose", disabled=at_work
            )
            repaired = st.form_submit_button(
                say("Repair: back into the bands, few households moved"), key="solve-repair", disabled=at_work
            )
    if proposed or repaired:
        _start(table, asked.order(Kind.PROPOSE if proposed else Kind.REPAIR))


def _fields(table: Worktable, within: str) -> _Asked:
    """Everything that is asked, level by level and ground by ground."""
    say, draft, plan = table.visit.say, table.opened.draft, table.opened.plan
    name = st.text_input(
        say("Name of the new draft"), value=say("{plan}, proposal", plan=plan.name)[:60], key=f"solve-name-{plan.id}"
    )  # fmt: skip
    levels = {level: _level(table, within, level) for level in Wishes(within=within or None).levels(draft)}
    edges = {kind: _edge(table, kind) for kind in dividing(table.opened.ground.units)}
    dear, chance = st.columns([2, 1])
    stay = dear.slider(
        say("How dear is each household that changes hands?"), 0.0, 1.0, 0.0, 0.05, key="solve-stay",
        help=say("0: the best division counts alone. 1: as little as possible changes."),
    )  # fmt: skip
    seed = chance.number_input(say("Seed: the same seed gives the same result"), min_value=0, value=1, key="solve-seed")  # fmt: skip
    may_move = Level.COMPOUND in levels and draft.smallest is Level.BUILDING
    compounds = may_move and st.checkbox(
        say("In a repair also move whole compounds, where that brings compound grids into their band"),
        key="solve-compounds",
    )
    if may_move:
        st.caption(say("In a repair the band of compound grids counts only with this tick."))
    keep = st.checkbox(say("Repair without making or retiring a grid"), key="solve-keep")
    st.caption(
        say(
            "How many, every one in its band, and how dear a change is: these count where the ground is divided anew, not for a repair."
        )
    )
    return _Asked(
        plan.id, within or None, draft.smallest, name, levels, edges, stay, int(seed), compounds, keep
    )


def _level(table: Worktable, within: str, level: Level) -> _OfLevel:
    """The fields of a level."""
    say, title = table.visit.say, table.visit.say.of(LEVEL[level])
    least, most = BANDS.get(level, (0, 0))
    now, number = _count(table, within, level), int(level)
    columns = st.columns(3)
    count = columns[0].number_input(
        say("{level}: how many", level=title), min_value=1, value=now,
        key=f"solve-count-{number}-{table.opened.plan.id}-{within}-{now}",
    )  # fmt: skip
    low = columns[1].number_input(say("fewest households"), min_value=0, value=least, key=f"solve-least-{number}")  # fmt: skip
    high = columns[2].number_input(say("most households"), min_value=0, value=most, key=f"solve-most-{number}")  # fmt: skip
    must = st.checkbox(
        say("{level}: every one in its band, or no draft", level=title), key=f"solve-must-{number}",
        help=say("Where there is no such division, the reason is told, and which grids are to blame."),
    )  # fmt: skip
    return _OfLevel(int(count), (int(low), int(high)) if low or high else None, must)


def _edge(table: Worktable, kind: str) -> tuple[str, float]:
    """Whether grids may reach across a kind of ground, and what 100 m of it cost where that has a price."""
    say = table.visit.say
    ways, price = st.columns([2, 1], vertical_alignment="bottom")
    way = ways.segmented_control(
        say.of(EDGES[kind]) if kind in EDGES else plain(kind), list(CROSSING), default=FREE, required=True,
        format_func=lambda way: say.of(CROSSING[way]), key=f"solve-{kind}",
    )  # fmt: skip
    cost = price.number_input(
        say("price of 100 m across"), min_value=0.0, value=TOLL, step=0.1, key=f"solve-price-{kind}",
        help=say("Counts where crossing is allowed only where it pays: the dearer, the fewer grids reach across."),
    )  # fmt: skip
    return way or FREE, float(cost)


def _count(table: Worktable, within: str, level: Level) -> int:
    draft = table.opened.draft
    return max(
        1,
        sum(
            grid.level is level and (not within or within in draft.chain(code))
            for code, grid in draft.grids.items()
        ),
    )


def _start(table: Worktable, order: Order) -> None:
    try:
        st.session_state["solve-job"] = proposing.start(table.visit.city, order, table.visit.person)
    except Refused as refused:
        st.error(plain(table.visit.say.of(refused.because)))
        return
    st.rerun()


# --- what came of it ------------------------------------------------------------------------------------


def _what_came_of_it(table: Worktable, job: Job) -> None:
    say = table.visit.say
    with st.container(border=True, key="solved"):
        found = job.outcome.found if job.outcome else None
        if job.because:
            st.warning(plain(say.of(job.because)))
        elif isinstance(found, Impossible):
            _impossible(table, found)
        elif isinstance(found, Proposal):
            st.markdown(f"**{plain(job.order.name)}**")
            st.html(figures_html(table, found.before, found.after))
            moved = found.moved.get(table.opened.draft.smallest, 0)
            st.caption(say("{n} households change hands.", n=f"{moved:,}"))
            if found.proved:
                st.caption(
                    "● "
                    + say(
                        "Proved: with communities, streets and parks shared out as here, no grouping of whole compounds has more compound grids in their band."
                    )
                )
            for note in found.notes:
                st.caption("ⓘ " + plain(say.of(note)))
        if job.outcome and job.outcome.opened:
            plan_id = job.outcome.opened.plan.id
            st.button(
                say("Open the draft"), key="open-solved", type="primary", on_click=_open, args=(plan_id,)
            )


def _open(plan_id: int) -> None:
    st.query_params["plan"] = str(plan_id)
    st.query_params["do"] = "draw"


def _impossible(table: Worktable, found: Impossible) -> None:
    say = table.visit.say
    title = say("There is no such division: this is proved.") if found.proved else say("No such division was found.")  # fmt: skip
    st.error(f"✕ {title}")
    for because in found.because:
        st.markdown(f"- {plain(say.of(because))}")
    if found.blame:
        names = listed(say, [table.name(code) for code in found.blame], BLAMED)
        st.caption(say("Because of: {grids}", grids=plain(names)))


def figures_html(table: Worktable, before: Figures, after: Figures) -> str:
    """Each level before → after: grids, in band, smallest and largest, compactness."""
    say = table.visit.say
    heads = ("", say("Grids"), say("within the band"), say("fewest"), say("most"), say("Compactness"))
    head = "".join(f"<th>{html.escape(title)}</th>" for title in heads)
    rows = "".join(_level_html(table, level, before, after) for level in after.levels)
    return f'<table class="rg-figures-two"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _level_html(table: Worktable, level: Level, before: Figures, after: Figures) -> str:
    was, will = before.levels.get(level), after.levels[level]

    def pair(name: str, form: str = "{:,}") -> str:
        old, new = getattr(was, name, None), getattr(will, name)
        told = "–" if new is None else form.format(new)
        was_told = told if old is None else form.format(old)
        return told if was_told == told else f"<small>{was_told} →</small> {told}"

    cells = (pair("grids"), pair("in_band"), pair("smallest"), pair("largest"), pair("compactness", "{:.2f}"))
    title = html.escape(table.visit.say.of(LEVEL[level]))
    return f"<tr><th>{title}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
