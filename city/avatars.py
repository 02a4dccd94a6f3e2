"""Draw a picture for whoever has no photo: the first character of the name, on a colour of its own."""

from __future__ import annotations

import base64
import hashlib
import html


def avatar(name: str) -> str:
    """The address of a drawn picture (a ``data:`` URL), its colour from the name."""
    hue = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 360
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" fill="hsl({hue} 38% 32%)"/>'
        f'<text x="24" y="32" text-anchor="middle" font-size="22" fill="white">{html.escape(name[:1])}</text></svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
