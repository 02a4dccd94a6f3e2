"""Have a division of the city proposed or repaired, as a new draft plan: at once for a command, in the background for a page.

The solver works in a process of its own. A draft is written only when it is done, whole and in one transaction: whoever
cancels, or a machine that goes down, leaves nothing behind. One city has one such job at a time.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from weakref import WeakKeyDictionary

from city.access import watching
from city.drafts import OpenDraft, compound_names, draft_in_force, new_draft, open_draft, to_begin_with
from city.opened import City
from city.units import derive_missing
from domain.findings import Finding
from domain.names import one_line
from domain.people import Person
from domain.plans.life import refusal_to_draw, refusal_to_read
from domain.plans.proposals import Cancelled, Impossible, Proposal, Wishes, with_crossings
from domain.plans.reach import arithmetic, proof
from domain.said import Refused, Said, said
from gis.solver.solving import LOST, Child, Task, Told
from storage import drafts

KEPT = 20
"""Jobs that are remembered once they are over."""


class Kind(StrEnum):
    """What the solver is asked for."""

    PROPOSE = "propose"
    REPAIR = "repair"


HOW = {Kind.PROPOSE: "proposed", Kind.REPAIR: "repaired"}
"""How the draft came about, in its plan's log."""


@dataclass(frozen=True)
class Order:
    """What is asked for: from which plan (None: the one in force), what the new one is called, what is wished.

    ``forbidden`` are kinds of ground that no grid may reach across, ``priced`` what crossing 100 m of a kind costs.
    A repair may move whole compounds, too, and keep the number of grids in each parent.
    """

    kind: Kind
    base: str | int | None
    name: str
    wishes: Wishes
    forbidden: tuple[str, ...] = ()
    priced: Mapping[str, float] | None = None
    compounds_too: bool = False
    keep_number: bool = False

    def as_value(self) -> dict[str, object]:
        """What was asked beside the wishes, as the log keeps it; nothing of what was not asked."""
        asked = {"compounds_too": self.compounds_too, "keep_number": self.keep_number}
        return {name: said_so for name, said_so in asked.items() if said_so}


@dataclass(frozen=True)
class Outcome:
    """What came of it: the proposal and the draft it was kept as, or why there is none."""

    found: Proposal | Impossible
    opened: OpenDraft | None


class JobState(StrEnum):
    """Where a job is."""

    RUNNING = "running"
    DONE = "done"
    IMPOSSIBLE = "impossible"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """A job as a page shows it: its share from 0 to 1, what is being done, at last what came of it.

    ``known`` is what arithmetic told of the wishes at once, ``because`` says why it failed.
    """

    id: str
    order: Order
    by: Person
    state: JobState = JobState.RUNNING
    share: float = 0.0
    stage: Said = said("Waiting for the solver")  # noqa: RUF009 - a value that nothing changes
    known: tuple[Finding, ...] = ()
    outcome: Outcome | None = None
    because: Said | None = None

    @property
    def is_over(self) -> bool:
        return self.state is not JobState.RUNNING


def propose(
    city: City,
    plan_name_from: str | int | None,
    new_name: str,
    wishes: Wishes,
    by: Person,
    *,
    forbidden: tuple[str, ...] = (),
    priced: Mapping[str, float] | None = None,
    progress: Callable[[float, Said], None] = lambda share, stage: None,
) -> Outcome:
    """A new division as a draft plan, or the proof that none exists (then nothing is written).

    Raises:
        Refused: when this person does not draw, a name or a wish cannot be used.
    """
    order = Order(Kind.PROPOSE, plan_name_from, new_name, wishes, forbidden, priced)
    return ordered(city, order, by, progress=progress)


def repair(
    city: City,
    plan_name_from: str | int | None,
    new_name: str,
    wishes: Wishes,
    by: Person,
    *,
    compounds_too: bool = False,
    forbidden: tuple[str, ...] = (),
    priced: Mapping[str, float] | None = None,
    keep_number: bool = False,
    progress: Callable[[float, Said], None] = lambda share, stage: None,
) -> Outcome:
    """The plan with its grids back in their bands, as far as can be, as a draft plan.

    Raises:
        Refused: when this person does not draw, a name or a wish cannot be used.
    """
    order = Order(
        Kind.REPAIR, plan_name_from, new_name, wishes, forbidden, priced, compounds_too, keep_number
    )
    return ordered(city, order, by, progress=progress)


def ordered(
    city: City,
    order: Order,
    by: Person,
    *,
    progress: Callable[[float, Said], None] = lambda share, stage: None,
) -> Outcome:
    """Do what an order asks for and wait for it."""
    with watching(city, by, order.kind.value, order.name):
        base, task = _prepared(city, order, by)
        child = Child()
        try:
            return _done(city, order, by, base, task, child, progress)
        finally:
            child.close()


def known_before(city: City, base: str | int | None, wishes: Wishes, by: Person) -> list[Finding]:
    """What arithmetic tells of wishes before anybody tries; for who draws.

    Raises:
        Refused: when this person does not draw, or the wishes cannot be meant.
    """
    _must_draw(by)
    opened = _base(city, base)
    wishes.check(opened.draft)
    return arithmetic(opened.ground.units, opened.draft, wishes, compound_names(city))


# --- in the background ----------------------------------------------------------------------------------


class _Jobs:
    """The jobs of one city in this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: dict[str, Job] = {}
        self.child: Child | None = None
        self.running: str | None = None
        self.saving = False

    def put(self, job: Job) -> None:
        """Keep a job as it is now; what was cancelled stays cancelled."""
        with self.lock:
            before = self.known.get(job.id)
            if before is None or not before.is_over:
                self.known[job.id] = job
            for old in list(self.known)[:-KEPT]:
                del self.known[old]


_jobs: WeakKeyDictionary[City, _Jobs] = WeakKeyDictionary()
_opening = threading.Lock()


def _jobs_of(city: City) -> _Jobs:
    with _opening:
        return _jobs.setdefault(city, _Jobs())


def start(city: City, order: Order, by: Person) -> str:
    """Begin a job in the background; its number. What arithmetic rules out is proved at once, and no solver begins.

    Raises:
        Refused: when this person does not draw, another job is at work, or a name or a wish cannot be used.
    """
    with watching(city, by, order.kind.value, order.name):
        _must_draw(by)
        jobs = _jobs_of(city)
        job = Job(secrets.token_urlsafe(8), order, by)
        with jobs.lock:
            if jobs.running is not None:
                raise Refused(
                    said(
                        "The solver is at work on {name} for {who}; one at a time.",
                        name=jobs.known[jobs.running].order.name, who=jobs.known[jobs.running].by.name,
                    )
                )  # fmt: skip
            jobs.running = job.id
            jobs.known[job.id] = job
        try:
            base, task = _prepared(city, order, by)
            known = arithmetic(task.units, task.draft, task.wishes, task.names)
            job = replace(job, known=tuple(known))
            if order.kind is Kind.PROPOSE and (none := proof(known)):
                jobs.put(replace(job, state=JobState.IMPOSSIBLE, outcome=Outcome(none, None)))
                _over(jobs, job.id)
                return job.id
            jobs.put(job)
            child = _child_of(jobs, job.id)
        except BaseException:
            _over(jobs, job.id)
            with jobs.lock:
                del jobs.known[job.id]
            raise
        threading.Thread(target=_work, args=(city, jobs, job, base, task, child), daemon=True).start()
        return job.id


def _child_of(jobs: _Jobs, number: str) -> Child:
    """The solver's process of a job; ended as it begins where somebody stopped the job meanwhile."""
    with jobs.lock:
        child = jobs.child = Child()
        if jobs.known[number].is_over:
            child.kill()
    return child


def job(city: City, number: str, person: Person) -> Job | None:
    """A job as it is now; None where nobody knows it, or for who does not read plans."""
    return None if refusal_to_read(person) else _jobs_of(city).known.get(number)


def running_job(city: City, person: Person) -> Job | None:
    """The job at work now, for who reads plans."""
    jobs = _jobs_of(city)
    return job(city, jobs.running, person) if jobs.running else None


def cancel(city: City, number: str, by: Person) -> None:
    """Stop a job; nothing of it is kept. One that is over stays as it is.

    Raises:
        Refused: when this person does not draw.
    """
    _must_draw(by)
    jobs = _jobs_of(city)
    found = jobs.known.get(number)
    if found is None or found.is_over:
        return
    with jobs.lock:
        if jobs.running != number or jobs.saving:
            return  # too late: the draft is being kept
        jobs.known[number] = replace(found, state=JobState.CANCELLED)
        if jobs.child:
            jobs.child.kill()


def _work(city: City, jobs: _Jobs, begun: Job, base: OpenDraft, task: Task, child: Child) -> None:
    """The thread of a job: it waits for the solver's words, and keeps the draft at the end."""

    def progress(share: float, stage: Said) -> None:
        jobs.put(replace(begun, share=share, stage=stage))

    def must_go_on() -> None:
        with jobs.lock:
            if jobs.known[begun.id].is_over:
                raise Cancelled
            jobs.saving = True

    try:
        outcome = _done(city, begun.order, begun.by, base, task, child, progress, must_go_on)
        state = JobState.DONE if outcome.opened else JobState.IMPOSSIBLE
        jobs.put(replace(begun, state=state, share=1.0, outcome=outcome))
    except Cancelled:
        pass
    except Refused as refused:
        jobs.put(replace(begun, state=JobState.FAILED, because=refused.because))
    finally:
        jobs.put(replace(begun, state=JobState.FAILED, because=LOST))  # only where nothing was put before
        child.close()
        _over(jobs, begun.id)


def _over(jobs: _Jobs, number: str) -> None:
    with jobs.lock:
        if jobs.running == number:
            jobs.running, jobs.child, jobs.saving = None, None, False


# --- both -----------------------------------------------------------------------------------------------


def _must_draw(by: Person) -> None:
    because = refusal_to_draw(by)
    if because:
        raise Refused(because)


def _base(city: City, base: str | int | None) -> OpenDraft:
    """The plan to begin from, over the city's units."""
    if base is None:
        return draft_in_force(city)
    derive_missing(city)
    return open_draft(city, base)


def _prepared(city: City, order: Order, by: Person) -> tuple[OpenDraft, Task]:
    """Everything that the solver needs; what cannot be used is refused before it begins."""
    _must_draw(by)
    called = one_line(order.name)
    with city.database.read() as connection:
        if drafts.plan_named(connection, called):
            raise Refused(said("There is a plan called {name} already.", name=called))
        # The new plan has no number yet: every code of every plan was used.
        taken = drafts.codes_taken(connection, 0)
    if not called:
        raise Refused(said("Please give the plan a name."))
    base = _base(city, order.base)
    begun = to_begin_with(city, base)
    units = base.ground.units
    wishes = with_crossings(order.wishes, units, order.forbidden, order.priced)
    wishes.check(begun)
    if order.kind is Kind.REPAIR:
        wishes.check_repair(begun, compounds_too=order.compounds_too)
    names = compound_names(city)
    kind = order.kind.value
    return base, Task(kind, units, begun, wishes, names, taken, order.compounds_too, order.keep_number)


def _done(
    city: City,
    order: Order,
    by: Person,
    base: OpenDraft,
    task: Task,
    child: Child,
    progress: Callable[[float, Said], None],
    must_go_on: Callable[[], None] = lambda: None,
) -> Outcome:
    """Wait for the solver; keep what it found."""
    found: Proposal | Impossible | None = None
    for frame in child.words(task):
        match frame:
            case Told(share, stage):
                progress(share, stage)
            case Said():
                raise Refused(frame)
            case _:
                found = frame
                break
    must_go_on()
    if found is None:
        raise Refused(LOST)
    if isinstance(found, Impossible):
        return Outcome(found, None)
    how = {
        "how": HOW[order.kind],
        "wishes": task.wishes.as_value() | order.as_value(),
        "figures": found.as_value(),
    }
    return Outcome(found, new_draft(city, order.name, found.draft, base=base.plan, by=by, how=how))
