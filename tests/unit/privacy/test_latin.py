"""What is done quickly for Latin texts is what is done for all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.latin import is_latin, latin
from egregora.privacy.numbers import many_digits
from egregora.privacy.spelling import fold

NARROW = st.text(st.characters(max_codepoint=255) | st.sampled_from("0123456789 -a.²³\n"), max_size=40)


@given(NARROW)
def test_a_latin_text_is_folded_as_it_is_within_a_wider_one(text: str) -> None:
    assert fold(text) == fold(f"{text}日")[:-1]


@given(NARROW)
def test_many_digits_are_found_in_a_latin_text_as_within_a_wider_one(text: str) -> None:
    assert list(many_digits(text)) == list(many_digits(f"{text}日"))


@given(st.text(max_size=8))
def test_a_text_is_latin_where_each_of_its_characters_is_one_byte(text: str) -> None:
    assert is_latin(text) == all(ord(char) < 256 for char in text) == (latin(text) is not None)


@pytest.mark.parametrize(("text", "folded"), [("ÀÉß`´", "àéß''"), ("µ", "μ"), ("İK’", "ik'"), ("A\u030a", "a\u030a")])
def test_look_alikes_are_one_and_places_stay(text: str, folded: str) -> None:
    assert fold(text) == folded
