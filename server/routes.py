"""Every address beside Streamlit's own."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from server import (
    files,
    first_sight,
    gate,
    health,
    live,
    live_wall,
    oidc,
    photos,
    rating,
    sign_in,
    slips,
    walls,
)

ROUTES: list[BaseRoute] = [
    Route("/healthz", health.healthz),
    Route("/login", sign_in.login_page, methods=["GET"]),
    Route("/login", sign_in.login, methods=["POST"]),
    Route("/login/lang/{lang}", sign_in.choose_language),
    Route("/logout", sign_in.logout),
    Route("/oidc/login", oidc.begin),
    Route("/oidc/callback", oidc.come_back),
    Route("/assets/{digest}/{name}", files.asset),
    Route("/geo/{hash}", files.geometry),
    Route("/photos/{id}", photos.photo),
    Route("/live/loads", live.live_loads),
    Route("/live/wall", live_wall.live_wall),
    Route("/wall", walls.open_wall),
    Route("/wall/{token}", walls.open_wall),
    Route("/public/rate/{token}", rating.rating_page, methods=["GET"]),
    Route("/public/rate/{token}", rating.rate, methods=["POST"]),
    Route("/slips/{no}/rating-qr", slips.rating_qr),
    Route("/slips/{no}/{kind}.docx", slips.word_file),
    Route("/slips/{no}/{kind}", slips.print_page),
]

MIDDLEWARE = [Middleware(gate.Gate), Middleware(first_sight.FirstSight)]
"""The door first: what stands behind it knows who has come."""
