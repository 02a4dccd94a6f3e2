"""Ask for what a move needs, at that moment: one small field for each need, a photo where it helps."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from urllib.parse import quote, unquote

import streamlit as st

from city import desk
from city.access import watching
from city.desk import TicketCard
from city.photos import prepared
from domain.actions.tickets import act
from domain.effects import next_holder
from domain.meetings import meeting_unit
from domain.moves import Given, Move, Need, Scene
from domain.needs import GRADES, REJECTED_BECAUSE, SATISFIED_FROM, meeting_units
from domain.people import WHOLE_CITY
from domain.said import Refused, Stale
from domain.tickets import without_commands
from views.anew import BAR, DESK, KPIS, draw_anew, draw_next
from views.away import unless_away
from views.choosing import choose_unit
from views.forgetting import forget_others
from views.plain import plain
from views.visit import Visit

WITH_PHOTO = frozenset({"settle", "report_done", "check_pass", "check_fail", "dissatisfied"})
"""The moves at which a photo helps."""

LONGEST = 1_000


FORM = "asking"
"""The part of a page that opens forms."""

AFTER = (DESK, KPIS, FORM)
"""What is drawn anew of the desk after a move; another page is drawn whole."""


PRESSED = re.compile(r"(?P<move>[a-z_]+) (?P<no>\S{1,40}) (?P<version>\d{1,9}) \d{1,15}")
"""What a card's button tells: which move of which ticket, in the version that was shown, and when."""


TO, INTO = "to", "into"
"""How a button leads: to a unit, or to the grids below it."""

LED = re.compile(rf"(?P<how>{TO}|{INTO}) (?P<code>\S+) \d{{1,15}}")
"""What such a button tells: whereto, and when."""

Go = Callable[[str, str], None]
"""Goes where a button leads: how, and to which unit."""


def offer_forms(visit: Visit, draw: Callable[[TicketCard], str], go: Go | None = None) -> None:
    """The part of a page that opens a move's form: what else the page shows stays as it is meanwhile.

    The buttons of all cards are HTML and tell what was pressed through one hidden field: as widgets they would be a
    message each, and one more thing that the server knows of every page.
    """

    @st.fragment(key=FORM)
    @unless_away
    def asking() -> None:
        with st.container(key="pressed-move"):
            st.text_input(
                visit.say("Moves"),
                key="pressed",
                label_visibility="collapsed",
                on_change=_note_pressed,
                args=(go,),
            )
            heard = html.escape(st.session_state.get("pressed") or "")
            st.html(f'<i hidden data-heard="{heard}"></i>')
        asked = st.session_state.pop("asked", None)
        if asked is None:
            return
        card = desk.card(visit.city, visit.person, asked["no"])
        moves = card.moves if card and card.ticket.version == int(asked["version"]) else ()
        move = next((move for move in moves if move.name == asked["move"]), None)
        if card is None or move is None:
            visit.warn(plain(_why_no_form(visit, card, asked)))
            draw_anew(*AFTER)
            return
        ask(visit, card, move, draw)

    asking()


def _why_no_form(visit: Visit, card: TicketCard | None, asked: Mapping[str, str]) -> str:
    """Somebody else was quicker, most often."""
    if card is None:
        return visit.say("There is no ticket {no} in your area.", no=asked["no"])
    if card.ticket.version != int(asked["version"]):
        return visit.say.of(desk.acted_first(visit.city, card.ticket))
    return visit.say("This is no longer possible. The ticket is shown as it is now.")


def _note_pressed(go: Go | None) -> None:
    words = st.session_state.get("pressed") or ""
    if go and (led := LED.fullmatch(words)):
        go(led["how"], unquote(led["code"]))
        draw_next(FORM, BAR, DESK)
    # The part is named anew: what is drawn above it may have given it another place since the browser was told of it.
    pressed = PRESSED.fullmatch(words)
    st.session_state["asked"] = pressed.groupdict() if pressed else None
    draw_next(FORM)


def way_html(how: str, code: str, title: str) -> str:
    """A button that leads to a unit of the desk's map, or into it."""
    return f'<button type="button" class="rg-{how}" data-move="{how} {quote(code)}">{html.escape(title)}</button>'


def button_html(card: TicketCard, move: Move, title: str) -> str:
    """The button of a card that opens the form of a move."""
    pressed = html.escape(f"{move.name} {card.ticket.no} {card.ticket.version}")
    look = ' class="primary"' if move.primary else ""
    return f'<button type="button"{look} data-move="{pressed}">{html.escape(title)}</button>'


def ask(visit: Visit, card: TicketCard, move: Move, draw: Callable[[TicketCard], str]) -> None:
    """Open the move's small form: it asks only what the move needs. ``draw`` gives a card as HTML."""
    times = 0

    @st.dialog(visit.say.of(move.title))
    def form() -> None:
        nonlocal times
        times += 1
        forget_others(card.ticket.id)
        st.html(draw(card))
        title, given = visit.say.of(move.title), Given()
        if Need.DEPARTMENT in move.needs:
            # Who may assist depends on who leads, so this is answered at once.
            given = FIELDS[Need.DEPARTMENT](visit, card, move, given)
        # A form takes what was typed last, and waits with its button until a photo has arrived.
        with st.form(f"do-{move.name}-{card.ticket.id}", border=False):
            for need in (need for need in move.needs if need is not Need.DEPARTMENT):
                given = FIELDS[need](visit, card, move, given)
            photo = _photo(visit, card, move)
            sent = st.form_submit_button(title, type="primary")
        if sent and _is_carried_out(visit, card, move, given, photo, draw):
            # A browser closes a form with the part that opened it – but for one that was drawn again in between.
            draw_anew(*AFTER) if times == 2 else st.rerun()

    form()


def _is_carried_out(
    visit: Visit,
    card: TicketCard,
    move: Move,
    given: Given,
    photo: bytes | None,
    draw: Callable[[TicketCard], str],
) -> bool:
    """Make the move; where it is refused the form says why, and stays."""
    city, ticket = visit.city, card.ticket
    try:
        given = replace(given, photo=prepared(photo) if photo else None)
        with watching(city, visit.person, move.name, ticket.no):
            act(
                city.store, city.rulebook, ticket.id, move.name, given,
                version=ticket.version, by=visit.person, now=city.now(),
            )  # fmt: skip
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        if isinstance(refused, Stale) and (now := desk.card(city, visit.person, ticket.no)):
            # The words typed stay in the form above, to be copied; below stands what became of the ticket.
            st.html(draw(now))
        return False
    city.forget_loads()
    visit.tell(visit.say("{move}: done.", move=visit.say.of(move.title)))
    return True


# --- one field for each need ----------------------------------------------------------------------------------


def _words(visit: Visit, card: TicketCard, move: Move, label: str) -> str:
    key = f"words-{move.name}-{card.ticket.id}"
    return str(st.text_area(label, max_chars=LONGEST, key=key) or "")


def _choose(
    visit: Visit,
    card: TicketCard,
    move: Move,
    label: str,
    names: Mapping[str, str],
    default: str | None = None,
) -> str | None:
    codes = list(names)
    index = codes.index(default) if default in names else None
    key = f"{label}-{move.name}-{card.ticket.id}"
    chosen: str | None = st.selectbox(
        label,
        codes,
        index=index,
        format_func=lambda c: names[c],
        key=key,
        placeholder=visit.say("Please choose"),
    )
    return chosen


def _scene(visit: Visit, card: TicketCard) -> Scene:
    return Scene(card.ticket, visit.person, visit.city.rulebook, visit.city.now())


def _note(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    say = visit.say
    asks = {"supervise": say("What is expected?"), "instruct": say("Instruction")}
    return replace(given, words=_words(visit, card, move, asks.get(move.name, say("What was done?"))))


def _reason(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    say, structure = visit.say, visit.city.ground.structure
    if move.name == "hand_up":
        st.caption(say("Goes to {unit}.", unit=structure.name(next_holder(_scene(visit, card)))))
    label = say("Reason, and where to go instead") if move.name == "reject" else say("Reason")
    return replace(given, words=_words(visit, card, move, label))


def _reason_code(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    names = {code: visit.say.of(words) for code, words in REJECTED_BECAUSE.items()}
    return replace(given, reason=_choose(visit, card, move, visit.say("Why"), names))


def _category(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    say = visit.say
    names = {c.code: say.pick(c.zh, c.en) for c in visit.city.rules_read.categories.values()}
    # A category that came with an import is none of the rules': whoever accepts the ticket chooses one that is.
    category = _choose(visit, card, move, say("Category"), names, card.category.code)
    urgent = st.toggle(say("Urgent"), value=card.ticket.urgent, key=f"urgent-{move.name}-{card.ticket.id}")
    return replace(given, category=category, urgent=urgent)


def _department(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    """The departments this person may dispatch to, the one the rules name first, with its because."""
    say, city, scene = visit.say, visit.city, _scene(visit, card)
    routed = scene.rules.route(card.ticket)
    allowed = scene.rules.departments_of(visit.person.role, visit.person.area) - {card.ticket.lead}
    names = _department_names(visit, sorted(allowed, key=lambda code: (code != routed.lead, code)))
    if routed.lead and routed.lead not in allowed and card.ticket.lead is None:
        wanted = say.pick(*city.department(routed.lead))
        st.caption(say("The rules name {department}, which is not linked here: hand it up to the street.", department=wanted))  # fmt: skip
    lead = _choose(visit, card, move, say("Lead department"), names, routed.lead)
    st.caption(" · ".join(say.of(each) for each in routed.because))
    others = {code: name for code, name in _department_names(visit, sorted(scene.rules.departments)).items() if code != lead}  # fmt: skip
    helping = st.multiselect(
        say("Assisting departments"),
        list(others),
        default=[code for code in routed.assistants if code in others and move.name == "dispatch"],
        format_func=lambda c: others[c],
        key=f"assistants-{move.name}-{card.ticket.id}-{lead}",
        placeholder=say("None"),
    )
    return replace(given, department=lead, assistants=tuple(helping))


def _department_names(visit: Visit, codes: Sequence[str]) -> dict[str, str]:
    staffed = visit.city.ground.staffed
    nobody = visit.say("nobody works there yet")
    named = {code: visit.say.pick(*visit.city.department(code)) for code in codes}
    return {code: name if code in staffed else f"{name}（{nobody}）" for code, name in named.items()}


def _owner(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    others = sorted(visit.city.rulebook.departments - {card.ticket.lead})
    named = _department_names(visit, others)
    return replace(given, department=_choose(visit, card, move, visit.say("Who should handle it"), named))


def _days(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    label, key = visit.say("Working days asked for"), f"days-{move.name}-{card.ticket.id}"
    return replace(given, days=int(st.number_input(label, 1, 60, 3, key=key)))


def _review(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    today = visit.city.now().astimezone(visit.city.zone).date()
    day = st.date_input(
        visit.say("Review date"),
        value=today + timedelta(days=14),
        min_value=today + timedelta(days=1),
        key=f"review-{move.name}-{card.ticket.id}",
    )
    return replace(given, until=datetime.combine(day, time(9), visit.city.zone))


def _original(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    """Possible duplicates to choose from, or a number to type."""
    say = visit.say
    found = desk.alike(visit.city, visit.person, card.ticket)
    named = {each.ticket.no: _in_short(visit, each) for each in found}
    if named:
        st.radio(
            say("Alike: same kind, same place, within 30 days"),
            list(named),
            index=None,
            format_func=lambda no: named[no],
            key=f"alike-{card.ticket.id}",
        )
    else:
        st.caption(say("No open ticket of this kind lies near."))
    typed = st.text_input(say("Or the number of another ticket"), key=f"original-{card.ticket.id}")
    no = without_commands(typed).strip()
    return replace(given, original=no or st.session_state.get(f"alike-{card.ticket.id}"))


def _in_short(visit: Visit, card: TicketCard) -> str:
    words = card.words.description[:40] if card.words else ""
    return f"{card.ticket.no} · {plain(card.place)} · {plain(words)}"


def _higher_unit(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    structure = visit.city.ground.structure
    names = {code: visit.unit_name(code) for code in structure.chain(card.ticket.holder)[2:]}
    return replace(given, unit=_choose(visit, card, move, visit.say("To whom"), names))


def _meeting(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    structure = visit.city.ground.structure
    named = {
        unit: visit.unit_name(meeting_unit(unit, structure)) for unit in meeting_units(_scene(visit, card))
    }
    unit = st.radio(
        visit.say("Whose meeting decides"),
        list(named),
        format_func=lambda c: named[c],
        key=f"meeting-{card.ticket.id}",
    )
    return replace(given, unit=unit)


def _grid(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    """The grids of the city, the nearest to the point first."""
    near, name = (
        [grid.code for grid in desk.nearest(visit.city, card.ticket.point)],
        visit.city.ground.structure.name,
    )
    unit = choose_unit(
        visit, visit.say("Grid (the nearest first)"), near, lambda code: f"{name(code)} · {code}",
        key=f"grid-{move.name}-{card.ticket.id}", chosen=next(iter(near), None),
    )  # fmt: skip
    return replace(given, unit=unit)


def _grade(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    return _one_of_grades(visit, card, given, [g for g in GRADES if g >= SATISFIED_FROM])


def _complaint(visit: Visit, card: TicketCard, move: Move, given: Given) -> Given:
    given = _one_of_grades(visit, card, given, [g for g in GRADES if g < SATISFIED_FROM])
    return replace(given, words=_words(visit, card, move, visit.say("What is still wrong?")))


def _one_of_grades(visit: Visit, card: TicketCard, given: Given, grades: list[int]) -> Given:
    st.caption(visit.say("What the resident said at the phone visit."))
    grade = st.radio(
        visit.say("Grade"),
        grades,
        format_func=lambda g: visit.say.of(GRADES[g]),
        key=f"grade-{card.ticket.id}",
    )
    return replace(given, grade=grade)


Field = Callable[[Visit, TicketCard, Move, Given], Given]

FIELDS: Mapping[Need, Field] = {
    Need.NOTE: _note,
    Need.REASON: _reason,
    Need.REASON_CODE: _reason_code,
    Need.CATEGORY: _category,
    Need.DEPARTMENT: _department,
    Need.OWNER: _owner,
    Need.DAYS: _days,
    Need.REVIEW: _review,
    Need.ORIGINAL: _original,
    Need.HIGHER_UNIT: _higher_unit,
    Need.MEETING: _meeting,
    Need.GRID: _grid,
    Need.GRADE: _grade,
    Need.COMPLAINT: _complaint,
}


def _photo(visit: Visit, card: TicketCard, move: Move) -> bytes | None:
    if move.name not in WITH_PHOTO or visit.person.role in WHOLE_CITY:
        return None
    sent = st.file_uploader(
        visit.say("Photo, if there is one"), type=["jpg", "jpeg", "png", "webp"], key=f"photo-{move.name}-{card.ticket.id}"
    )  # fmt: skip
    return sent.getvalue() if sent else None
