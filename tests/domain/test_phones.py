"""What is shown of a telephone number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.phones import masked

DIGITS = some.text(some.sampled_from("0123456789"), min_size=0, max_size=16)
TYPED = some.text(some.sampled_from("0123456789+-() /,、王wx\t１２"), max_size=30)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138 **** 5678"),
        ("138-1234-5678", "138-****-5678"),
        ("+8613812345678", "+86138****5678"),
        ("+86 138 1234 5678", "+86 138 **** 5678"),
        ("008613812345678", "0086138****5678"),
        ("0415-7123456", "0415-****456"),
        ("010-87654321", "010-****4321"),
        ("(0415) 7123456", "(0415) ****456"),
        ("7123456", "****456"),
        ("87654321", "****4321"),
        ("4008001234", "******1234"),
        ("12345", "*****"),
        ("110", "***"),
        ("", ""),
        ("13812345678/0415-7123456", "138****5678/0415-****456"),
        ("13812345678、13987654321", "138****5678、139****4321"),
        ("王女士 13812345678", "*** 138****5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("wx_wang88", "*********"),
    ],
)
def test_what_people_write_into_the_field(phone: str, shown: str) -> None:
    assert masked(phone) == shown


@given(TYPED)
def test_nothing_is_shown_that_is_no_digit_of_a_number_and_the_length_stays(typed: str) -> None:
    shown = masked(typed)
    assert len(shown) == len(typed)
    assert all(s in (t, "*") for s, t in zip(shown, typed, strict=True))
    assert not any(c.isalpha() for c in shown)


@given(DIGITS)
def test_four_digits_of_every_number_are_hidden_or_all_of_them(digits: str) -> None:
    hidden = masked(digits).count("*")
    assert hidden == len(digits) or hidden >= 4


@given(TYPED)
def test_masking_twice_shows_no_more(typed: str) -> None:
    once, twice = masked(typed), masked(masked(typed))
    assert all(t in (o, "*") for o, t in zip(once, twice, strict=True))


@given(some.text(some.sampled_from("0123456789"), min_size=8, max_size=8), some.sampled_from("3456789"))
def test_two_mobile_numbers_that_differ_in_the_middle_alone_look_the_same(rest: str, second: str) -> None:
    one, other = f"1{second}{rest[0]}1234{rest[4:]}", f"1{second}{rest[0]}9876{rest[4:]}"
    assert masked(one) == masked(other)
