"""What a process remembers of people who are nobody is forgotten between two tests."""

from __future__ import annotations

import pytest

from city import signed_in


@pytest.fixture(autouse=True)
def nobody_has_tried_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that nobody has are counted in the process, whatever the city."""
    monkeypatch.setattr(signed_in, "_strangers", signed_in._Strangers())
