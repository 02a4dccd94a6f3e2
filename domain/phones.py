"""Show a telephone number so that whoever wrote it down knows it again, and nobody else can call it."""

from __future__ import annotations

import re

SEVERAL = re.compile(r"([/,;、，；|]|\s{2,})")
"""What stands between two numbers in one field."""

COUNTRY = re.compile(r"^(\s*(?:\+|00|＋)?86)[\s-]*(?=1\d{2})")
"""China's own code before a mobile number; it says nothing of anybody."""

ALWAYS_HIDDEN = 4
"""So many digits of a number are never shown."""


def masked(phones: str) -> str:
    """One or several numbers with their middle hidden: ``138****5678``, ``0415-****567``.

    Of a mobile number three digits in front and four at the end stay, of a landline its area code and at most the
    last four; a short number is hidden whole, and so is whatever else somebody wrote into the field.
    """
    return "".join(part if SEVERAL.fullmatch(part) else _masked(part) for part in SEVERAL.split(phones))


def _masked(phone: str) -> str:
    country = COUNTRY.match(phone)
    front, rest = (phone[: country.end()], phone[country.end() :]) if country else ("", phone)
    digits = [c for c in rest if c.isdecimal()]
    first, last = _shown("".join(digits))
    seen, kept = 0, []
    for c in rest:
        seen += c.isdecimal()
        shown = c.isdecimal() and (seen <= first or seen > len(digits) - last)
        kept.append(c if shown or c in "+＋-()（） " else "*")
    return front + "".join(kept)


def _shown(digits: str) -> tuple[int, int]:
    """How many digits of a number are shown in front and at the end."""
    n = len(digits)
    if digits.startswith("0") and not digits.startswith("00"):
        area = 3 if digits.startswith(("01", "02")) else 4
        return (area, min(4, n - area - ALWAYS_HIDDEN)) if n >= area + 7 else (0, 0)
    if n >= 11:
        return 3, 4
    return (0, min(4, n - ALWAYS_HIDDEN)) if n >= 7 else (0, 0)
