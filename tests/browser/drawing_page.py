"""The planner's map alone on a page: the newest plan, and under it what was drawn. Run by ``drawing_app.py``."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from city.drafts import all_plans
from views.plan_map import show_plan_map
from views.visit import visit

st.set_page_config(page_title="Drawing", layout="wide")
st.html("<style>.stMainBlockContainer{padding:3rem 1rem 1rem}iframe{height:80vh!important}</style>")


def page() -> None:
    """One run of the page."""
    current = visit()
    assert current is not None
    plan = all_plans(current.city, current.person)[0]
    show: dict[str, Any] = json.loads(st.query_params.get("show", "{}"))
    picked = st.session_state.setdefault("picked", [])
    gesture = show_plan_map(current, {"plan": plan.id, "version": plan.version, "selected": picked} | show)
    told = st.session_state.setdefault("told-here", [])
    if gesture:
        told.append([gesture.kind, gesture.mode, len(gesture.points), gesture.add])
        st.session_state["picked"] = [*(picked if gesture.add else []), *gesture.units]
        st.rerun()
    st.html(f'<pre id="told">{json.dumps(told)}</pre>')


page()
