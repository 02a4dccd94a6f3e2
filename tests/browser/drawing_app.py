"""The app with one page more in place of its own: the planner's map alone. ``streamlit run`` finds it."""

from __future__ import annotations

import streamlit as st

from dashboard import _lifespan
from server.routes import MIDDLEWARE, ROUTES

app = st.App("drawing_page.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=_lifespan)
