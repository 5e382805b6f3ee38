from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.privacy.handles import HANDLE, Handles, normal_name, phone_digits

HANDLES = Handles(b"k" * 32)


@settings(deadline=None)
@given(st.text())
def test_a_handle_is_an_at_sign_and_ten_hex_digits_with_a_letter_among_them(name: str) -> None:
    handle = HANDLES.of_name(name)
    assert re.fullmatch("@[0-9a-f]{10}", handle)
    assert HANDLE.fullmatch(handle)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoe\u0301", "Zoé"),
        ("~ Alice", "Alice"),
        ("~\u202fAlice", "Alice"),
        ("\u200eAlice", "Alice"),
        ("\u2068Alice\u2069", "Alice"),
        ("Grace\u00a0Hopper", "Grace Hopper"),
        ("Grace\u2009Hopper", "Grace Hopper"),
        ("+44 7700 900123", "447700900123"),
        ("+44\u00a07700\u00a0900123", "+447700900123"),
        ("\u202a+44 (7700) 900-123\u202c", "+44 7700 900123"),
        ("0044 7700 900123", "+44 7700 900123"),
        ("+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", "+966 50 123 4567"),
    ],
)
def test_spellings_of_one_name_share_a_handle(one: str, other: str) -> None:
    assert HANDLES.of_name(one) == HANDLES.of_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Alice", "Alicia"), ("Ana", "Aña"), ("+44 7700 900123", "+44 7700 900124")]
)
def test_different_names_have_different_handles(one: str, other: str) -> None:
    assert HANDLES.of_name(one) != HANDLES.of_name(other)


def test_a_handle_depends_on_the_key_and_on_the_kind_of_name() -> None:
    assert HANDLES.of_name("Alice") != Handles(b"x" * 32).of_name("Alice")
    assert HANDLES.of_name("u1") != HANDLES.of_id("whatsapp", "u1")
    assert HANDLES.of_id("a", "bc") != HANDLES.of_id("ab", "c")


def test_a_mention_by_ten_digits_is_no_handle() -> None:
    assert not HANDLE.search("@4791234567")
    assert not HANDLE.search("bob@deadbeef01")
    assert not HANDLE.search("@deadbeef012")


@pytest.mark.parametrize("name", ["Alice 3000000", "123", "12.345", "2024-2025-2026-2027-2028", "", "----", "1" * 16])
def test_what_is_no_phone_number_has_no_digits(name: str) -> None:
    assert phone_digits(name) == ""


@settings(deadline=None)
@given(st.text())
def test_normalising_twice_is_normalising_once_but_for_further_tildes(name: str) -> None:
    normal = normal_name(name)
    if not normal.startswith("~"):
        assert normal_name(normal) == normal
