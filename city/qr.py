"""Draw an address as a QR code, to be photographed from a screen or a sheet."""

from __future__ import annotations

import io

import segno


def qr_of(url: str) -> str:
    """The QR code of an address, as an SVG picture without a size of its own."""
    out = io.BytesIO()
    code = segno.make(url, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, omitsize=True, border=4, dark="#000", light="#fff")
    return out.getvalue().decode()
