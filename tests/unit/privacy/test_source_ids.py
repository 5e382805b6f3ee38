from __future__ import annotations

import re

import pytest

from egregora.ids import SourceId
from egregora.privacy.handles import Handles
from egregora.privacy.source_ids import SourceIds, keys_of
from egregora.testing import MemoryBlobs, hooked

HANDLES = Handles(b"k" * 32)


def test_the_platforms_id_comes_first_then_the_folder_then_the_chats_name() -> None:
    ids = SourceIds(MemoryBlobs(), HANDLES)
    assert ids.resolve("C42", "uploads", "Trip to Lisbon", ["Ana"]) == "c42"
    assert ids.resolve("", "Our Uploads", "Trip to Lisbon", ["Ana"]) == "our-uploads"
    assert ids.resolve("", None, "Trip to Lisbon!", ["Ana"]) == "trip-to-lisbon"
    assert ids.resolve("", None, "日本旅行", ["Ana"]) == "日本旅行"


@pytest.mark.parametrize(
    "name", ["Ana Silva", "ana", "Silva family", "+44 7700 900123", "447700900123@s.whatsapp.net", "🦊", ""]
)
def test_a_name_that_tells_a_person_or_makes_no_slug_is_hidden(name: str) -> None:
    source = SourceIds(MemoryBlobs(), HANDLES).resolve("", None, name, ["Ana Silva", "Bob"])
    assert re.fullmatch("chat-[0-9a-f]{10}", source)
    assert source == SourceIds(MemoryBlobs(), HANDLES).resolve("", None, name, ["Ana Silva"])
    assert source != SourceIds(MemoryBlobs(), Handles(b"x" * 32)).resolve("", None, name, ["Ana Silva"])


def test_the_first_decision_stands_when_a_later_export_knows_more_people() -> None:
    blobs = MemoryBlobs()
    assert SourceIds(blobs, HANDLES).resolve("", None, "Lisbon", ["Ana"]) == "lisbon"
    assert SourceIds(blobs, HANDLES).resolve("", None, "Lisbon", ["Ana", "Bob Lisbon"]) == "lisbon"
    claim, kept = sorted((info.key for info in blobs.list("sources/")), reverse=True)
    assert claim == "sources/of-lisbon.json"
    assert re.fullmatch(r"sources/[0-9a-f]{10}\.json", kept)


def test_names_with_the_same_slug_are_different_chats_and_stay_so() -> None:
    blobs = MemoryBlobs()
    names = ["Família!", "Familia?", "Família?", "FAMÍLIA"]
    first = [SourceIds(blobs, HANDLES).resolve("", None, name, ["Ana"]) for name in names]
    assert first[:2] == ["família", "familia"]
    assert len(set(first)) == len(names)
    assert all(source.startswith("família-") for source in first[2:])
    assert [SourceIds(blobs, HANDLES).resolve("", None, name, ["Ana"]) for name in reversed(names)] == first[::-1]


def test_a_name_whose_claim_was_cut_short_keeps_its_slug() -> None:
    blobs = MemoryBlobs()

    def crash(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "after"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SourceIds(hooked(blobs, "blobs", crash), HANDLES).resolve("", None, "Lisbon", ["Ana"])
    assert SourceIds(blobs, HANDLES).resolve("", None, "Lisbon!", ["Ana"]) != "lisbon"
    assert SourceIds(blobs, HANDLES).resolve("", None, "Lisbon", ["Ana"]) == "lisbon"


def test_all_that_is_remembered_of_a_source_can_be_found() -> None:
    blobs = MemoryBlobs()
    ids = SourceIds(blobs, HANDLES)
    ids.resolve("", None, "Lisbon!", ["Ana"])
    other = ids.resolve("", None, "Lisbon", ["Ana"])
    assert len(keys_of(blobs, SourceId("lisbon"))) == 2
    assert len(keys_of(blobs, other)) == 1


def test_of_two_deciding_at_once_the_first_to_write_is_followed() -> None:
    blobs = MemoryBlobs()
    decided: list[str] = []

    def interfere(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "before") and not decided:
            decided.append(SourceIds(blobs, HANDLES).resolve("", None, "Lisbon", ["Bob Lisbon"]))

    late = SourceIds(hooked(blobs, "blobs", interfere), HANDLES).resolve("", None, "Lisbon", ["Ana"])
    assert [late] == decided
    assert late.startswith("chat-")
