"""Every address beside Streamlit's own."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.said import said
from server import (
    account,
    arriving,
    assessing,
    drafts,
    files,
    first_sight,
    gate,
    headers,
    health,
    live,
    live_desk,
    live_spots,
    live_wall,
    metrics,
    oidc,
    ordering,
    outage,
    phone,
    phone_moves,
    phone_orders,
    phone_raise,
    phone_visits,
    photos,
    posting,
    rating,
    receipts,
    replay,
    reporting,
    sign_in,
    slips,
    tiles,
    walls,
    watched,
)
from server.public import refused
from server.route_names import RouteNames


def nothing(request: Request) -> Response:
    """What lies beneath an open address and is none of ours is nothing: Streamlit's page is for those who signed in."""
    return refused(request, said("There is nothing at this address."), 404)


ROUTES: list[BaseRoute] = [
    Route("/healthz", health.healthz),
    Route("/metrics", metrics.metrics),
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
    Route("/geo/units/{hash}", drafts.units),
    Route("/geo/{hash}", files.geometry),
    Route("/tiles/{ground}", tiles.index),
    Route("/tiles/{ground}/{zoom:int}/{bundle:int}", tiles.bundle),
    Route("/photos/{id}", photos.photo),
    Route("/receipts/{id}", receipts.receipt),
    Route("/live/loads", live.live_loads),
    Route("/live/draft/{plan}", drafts.draft),
    Route("/live/figures", live_desk.live_figures),
    Route("/live/spots", live_spots.live_spots),
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
    Route("/m", phone.my_grid),
    Route("/m/raise", phone_raise.raise_page, methods=["GET"]),
    Route("/m/raise", phone_raise.raise_sent, methods=["POST"]),
    Route("/m/where", phone_raise.where),
    Route("/m/map.svg", phone_raise.map_picture),
    Route("/m/token", phone_raise.token),
    Route("/m/tickets/{no}", phone.ticket_page),
    Route("/m/tickets/{no}/{move}", phone_moves.move_page, methods=["GET"]),
    Route("/m/tickets/{no}/{move}", phone_moves.move_sent, methods=["POST"]),
    Route("/m/photos/{id}", phone.small_photo),
    Route("/m/visits", phone_visits.round_page, methods=["GET"]),
    Route("/m/visits", phone_visits.round_from_here, methods=["POST"]),
    Route("/m/visits/{building}", phone_visits.door_page, methods=["GET"]),
    Route("/m/visits/{building}", phone_visits.visit_sent, methods=["POST"]),
    Route("/m/orders", phone_orders.orders_page),
    Route("/m/orders/{id}", phone_orders.order_page, methods=["GET"]),
    Route("/m/orders/{id}", phone_orders.order_sent, methods=["POST"]),
    Route("/m/inbox", phone.inbox_page),
    Route("/m/me", phone.me),
    Route("/public/order", ordering.order_page, methods=["GET"]),
    Route("/public/order", ordering.order_sent, methods=["POST"]),
    Route("/public/order/{token}", ordering.follow_page, methods=["GET"]),
    Route("/public/order/{token}", ordering.follow_sent, methods=["POST"]),
    Route("/public/assess/{token}", assessing.questions_page, methods=["GET"]),
    Route("/public/assess/{token}", assessing.answered, methods=["POST"]),
    Route("/public/rate/{token}", rating.rating_page, methods=["GET"]),
    Route("/public/rate/{token}", rating.rate, methods=["POST"]),
    Route("/slips/{no}/rating-qr", slips.rating_qr),
    Route("/slips/{no}/{kind}.docx", slips.word_file),
    Route("/slips/{no}/{kind}", slips.print_page),
    *(Route(f"{start}/{{rest:path}}", nothing) for start in ("/login", "/public", "/wall")),
]

MIDDLEWARE = [
    Middleware(watched.Watched, names=RouteNames(ROUTES)),
    Middleware(arriving.HangUp),
    Middleware(headers.SecurityHeaders),
    Middleware(outage.Outage),
    Middleware(gate.Gate),
    Middleware(first_sight.FirstSight),
]
"""What counts and tells is around everything, then the headers; then the door: what stands behind it knows who has come."""
