"""A link that lets in whoever has it: its secret is told once, and only its hash is kept."""

from __future__ import annotations

import hashlib


def hash_of(secret: str) -> str:
    """What is kept of a link's secret: 64 letters by which it is found again, and from which nobody makes the link."""
    return hashlib.sha256(secret.encode()).hexdigest()
