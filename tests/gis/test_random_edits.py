"""Random edits of the demo city: after each, what it touched is checked strictly; the whole city every hundredth time.

``make soak`` does the same for as many as it is asked to.
"""

from __future__ import annotations

import pytest

from benchmarks.random_edits import soak

EDITS = 2_000


@pytest.mark.slow
def test_after_thousands_of_random_edits_no_rule_is_broken_and_undoing_all_gives_the_same_bytes() -> None:
    found = soak(EDITS, seed=11)
    assert found.violations == []
    assert found.edits == EDITS and found.same_bytes
    assert len(found.kinds) == 14, "every command was drawn"
    assert found.refused > EDITS / 10, "and what must not be was refused"
