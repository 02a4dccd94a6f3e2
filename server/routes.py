"""Every address beside Streamlit's own."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from server import (
    account,
    files,
    first_sight,
    gate,
    health,
    live,
    live_wall,
    oidc,
    photos,
    posting,
    rating,
    replay,
    reporting,
    sign_in,
    slips,
    walls,
)

ROUTES: list[BaseRoute] = [
    Route("/healthz", health.healthz),
    Route("/login", sign_in.login_page, methods=["GET"]),
    Route("/login", sign_in.login, methods=["POST"]),
    Route("/login/lang/{lang}", sign_in.choose_language),
    Route("/logout", sign_in.logout, methods=["GET", "POST"]),
    Route("/account", account.account_page),
    Route("/account/password", account.account_page, methods=["GET"]),
    Route("/account/password", account.new_password, methods=["POST"]),
    Route("/account/out", account.out_everywhere, methods=["POST"]),
    Route("/oidc/login", oidc.begin),
    Route("/oidc/callback", oidc.come_back),
    Route("/assets/{digest}/{name}", files.asset),
    Route("/geo/{hash}", files.geometry),
    Route("/photos/{id}", photos.photo),
    Route("/live/loads", live.live_loads),
    Route("/live/wall", live_wall.live_wall),
    Route("/live/replay", replay.replay),
    Route("/wall", walls.open_wall),
    Route("/wall/{token}", walls.open_wall),
    Route("/public/grids", posting.grids_page, methods=["GET"]),
    Route("/public/grids", posting.search_grids, methods=["POST"]),
    Route("/public/grids/{code:path}/poster", posting.poster),
    Route("/public/grids/{code:path}/photo", posting.head_photo),
    Route("/public/grids/{code:path}", posting.grid_page),
    Route("/public/map/{window:path}", posting.map_picture),
    Route("/public/report", reporting.report_page, methods=["GET"]),
    Route("/public/report", reporting.report, methods=["POST"]),
    Route("/public/ticket/{token}", reporting.ticket_page),
    Route("/public/ticket/{token}/sent", reporting.sent_page),
    Route("/public/rate/{token}", rating.rating_page, methods=["GET"]),
    Route("/public/rate/{token}", rating.rate, methods=["POST"]),
    Route("/slips/{no}/rating-qr", slips.rating_qr),
    Route("/slips/{no}/{kind}.docx", slips.word_file),
    Route("/slips/{no}/{kind}", slips.print_page),
]

MIDDLEWARE = [Middleware(gate.Gate), Middleware(first_sight.FirstSight)]
"""The door first: what stands behind it knows who has come."""
