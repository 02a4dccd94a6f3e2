"""Wait for the solver in the background."""

from __future__ import annotations

import time

from city import proposing
from city.opened import City
from city.proposing import Job
from domain.people import Person


def over(city: City, number: str, who: Person, seconds: float = 60) -> Job:
    """The job once it is over and its process gone."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = proposing.job(city, number, who)
        assert job
        if job.is_over and proposing.running_job(city, who) is None:
            return job
        time.sleep(0.05)
    raise AssertionError("the job did not end")
