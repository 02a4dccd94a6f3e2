"""The catch-all lists: entries that may be one organisation, and what stands on each grid's list."""

from __future__ import annotations

from dataclasses import replace
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.frontline.outside import Kind, Outside, Party, Standing, alike, plain_name, standings

SHOP = Outside(id=1, kind=Kind.ECONOMIC, name="东港市海润商贸有限公司", grid="C11", address="黄海大街1号")


@pytest.mark.parametrize(
    "name", ["海润商贸", "东港海润商贸有限公司", "东港市 海润商贸（有限公司）", "海润商贸有限责任公司"]
)
def test_a_companys_name_is_the_same_with_its_form_and_without(name: str) -> None:
    assert plain_name(name, "东港市") == plain_name(SHOP.name, "东港市") == "海润商贸"


def test_a_name_that_is_nothing_but_its_form_stays() -> None:
    assert plain_name("有限公司") and plain_name("东港市", "东港市")


def test_two_of_one_name_are_suggested_where_nothing_tells_them_apart() -> None:
    same = replace(SHOP, id=2, name="海润商贸")
    assert alike([SHOP, same], "东港市") == [(SHOP, same)]
    assert alike([SHOP, replace(same, grid="D", address="")], "东港市") == []
    assert alike([SHOP, replace(same, grid=None, address="")], "东港市")
    near, far = replace(SHOP, lng=124.15, lat=39.87), replace(same, lng=124.16, lat=39.87, address="")
    assert alike([near, far], "东港市") == []
    assert alike([near, replace(far, lng=124.1501)], "东港市")
    assert alike([SHOP, replace(same, gone=True)], "东港市") == []


def test_a_list_says_how_many_have_a_party_organisation() -> None:
    rows = [
        SHOP,
        replace(SHOP, party=Party.OWN),
        replace(SHOP, party=Party.JOINT),
        replace(SHOP, party=Party.NONE),
    ]
    rows += [replace(SHOP, gone=True), replace(SHOP, grid=None)]
    assert standings(rows) == {"C11": Standing(4, 2, 1)}
    assert Standing().is_blank and not standings(rows)["C11"].is_blank


@given(st.text(max_size=40), st.text(max_size=6))
def test_a_name_that_says_anything_has_a_plain_form(name: str, city: str) -> None:
    assert plain_name(name, city) or not normalize("NFKC", name).strip()


@given(
    st.text("海润商贸ABc ", min_size=1).filter(str.strip),
    st.sampled_from(("有限公司", "公司", "（个体工商户）", " ")),
)
def test_what_form_a_company_has_makes_no_other_name(name: str, form: str) -> None:
    assert plain_name(name + form) == plain_name(name) == plain_name(name.lower())
