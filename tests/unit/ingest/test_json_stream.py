from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.errors import Unreadable
from egregora.ingest.container import StreamSource
from egregora.ingest.json_outline import LARGEST
from egregora.ingest.json_stream import Document

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)
RECORDS = st.lists(st.dictionaries(st.sampled_from(["id", "text", "messages", "a"]), VALUES, max_size=4), max_size=8)
LAYOUTS = st.sampled_from([None, 0, 1, 2, 4, "\t"])


class Trickle(io.BytesIO):
    """Gives a few bytes at a time, as a network may."""

    step = 7

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(self.step, size) if size is not None and size > 0 else size)


def document(data: bytes | str, *paths: str, step: int | None = None) -> Document:
    raw = data.encode() if isinstance(data, str) else data

    def opened() -> BinaryIO:
        file = Trickle(raw) if step else io.BytesIO(raw)
        if isinstance(file, Trickle):
            file.step = step or 1
        return cast(BinaryIO, file)

    return Document(StreamSource("export.json", len(raw), opened), *(paths or ("messages",)))


def scanned(found: Document, element: Any = Any) -> list[list[Any]]:
    arrays: list[list[Any]] = []
    for batch in found.scan(element):
        while len(arrays) <= batch.array:
            arrays.append([])
        arrays[batch.array] += batch.elements
    return arrays


def flat(arrays: list[list[Any]]) -> list[Any]:
    return [element for array in arrays for element in array]


def ends(text: str, number: int) -> list[int]:
    """Where the first elements of an array in `text` end."""
    found, at = [], text.index("[")
    for _ in range(number):
        _, at = json.JSONDecoder().raw_decode(text, text.index("{", at))
        found.append(at)
    return found


@settings(max_examples=40)
@given(RECORDS, VALUES, VALUES, LAYOUTS, st.booleans(), st.sampled_from([None, 1, 5, 64]))
def test_elements_are_those_of_the_whole_document(
    records: list[Any], head: Any, tail: Any, indent: Any, ascii_only: bool, step: int | None
) -> None:
    whole = {"head": head, "messages": records, "tail": tail}
    found = document(json.dumps(whole, indent=indent, ensure_ascii=ascii_only), step=step)
    assert flat(scanned(found)) == records
    assert list(found.elements(0, Any)) == records
    assert found.rest(dict[str, Any]) == {"head": head, "messages": [0], "tail": tail}
    assert found.warnings() == []


@settings(max_examples=40)
@given(st.lists(RECORDS, max_size=4), LAYOUTS, st.data())
def test_arrays_of_many_chats_are_told_apart_and_read_in_any_order(
    chats: list[list[Any]], indent: Any, data: st.DataObject
) -> None:
    whole = {"about": "", "chats": {"list": [{"name": str(n), "messages": m} for n, m in enumerate(chats)]}}
    found = document(json.dumps(whole, indent=indent), "messages", "chats.list.messages")
    for _ in found.scan(Any):
        pass
    named = {chat["name"]: chat["messages"] for chat in found.rest(dict[str, Any])["chats"]["list"]}
    assert named == {str(n): [n] for n in range(len(chats))}
    for number in data.draw(st.permutations([*range(len(chats)), *range(len(chats))])):
        assert list(found.elements(number, Any)) == chats[number]


@given(st.lists(st.fixed_dictionaries({"id": st.integers(), "text": st.text()}), min_size=1), LAYOUTS, st.data())
def test_a_file_cut_off_anywhere_gives_every_whole_element_and_says_so(
    records: list[Any], indent: Any, data: st.DataObject
) -> None:
    raw = json.dumps({"name": "x", "messages": records, "end": 1}, indent=indent).encode()
    length = data.draw(st.integers(raw.index(b"[") + 1, len(raw) - 1))
    found = document(raw[:length])
    read = flat(scanned(found))
    assert read == records[: len(read)]
    assert len(read) == sum(end <= length for end in ends(raw.decode(), len(records)))
    assert [w.code for w in found.warnings()] == ["truncated_file"]
    assert found.rest(dict[str, Any])["name"] == "x"


@given(st.binary(max_size=300), st.integers(0, 80))
def test_any_bytes_are_read_or_unreadable(noise: bytes, place: int) -> None:
    raw = json.dumps({"messages": [{"a": "b"}, {"c": ["d"]}], "e": {}}, indent=1).encode()
    for data in (noise, raw[:place] + noise + raw[place:]):
        found = document(data, "messages", "")
        try:
            arrays = scanned(found)
            found.rest(dict[str, Any])
        except Unreadable:
            continue
        for number, elements in enumerate(arrays):
            assert list(found.elements(number, Any)) == elements


class Row(msgspec.Struct):
    id: int
    text: str = ""


def many(number: int) -> Iterator[dict[str, Any]]:
    return ({"id": n, "text": "x" * (n % 50), "x": [{"id": 1}, {}]} for n in range(number))


@pytest.mark.parametrize("indent", [None, 0, 1])
def test_one_bad_element_costs_no_other(indent: int | None) -> None:
    records = list(many(20_000))
    records[17_000]["id"] = "seventeen"
    found = document(json.dumps({"messages": records}, indent=indent))
    (rows,) = scanned(found, Row)
    assert [row.id for row in rows] == [n for n in range(20_000) if n != 17_000]
    line = (
        1 if indent is None else 3 + sum(len(json.dumps(record, indent=1).split("\n")) for record in records[:17_000])
    )
    assert [(w.code, w.count, w.lines) for w in found.warnings()] == [("bad_lines", 1, (line,))]
    assert sum(1 for _ in found.elements(0, Row)) == 19_999


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (rb'"a \ud83d b"', "a \ufffd b"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (b'"a\xffb"', "a\ufffdb"),
        (b'"a\nb"', "a\nb"),
        (rb'"first", "text": "last"', "last"),
        (b'"x", "y": NaN', "x"),
    ],
)
def test_what_other_programs_write_is_read(written: bytes, text: str) -> None:
    found = document(b'{"messages": [{"id": 1, "text": ' + written + b'}, {"id": 2}]}')
    assert [row.text for row in scanned(found, Row)[0]] == [text, ""]
    assert [w.code for w in found.warnings()] == ["bad_bytes"] * (b"\xff" in written)


def test_bytes_that_are_no_text_are_told_by_their_line() -> None:
    found = document(b'{"messages": [\n{"id": 1},\n{"id": 2, "text": "\xff"},\n{"id": 3, "text": "\xff\xff"}\n]}')
    scanned(found, Row)
    assert [(w.code, w.count, w.lines) for w in found.warnings()] == [("bad_bytes", 3, (3, 4))]


def test_a_byte_order_mark_and_other_line_ends_make_no_difference() -> None:
    records = list(many(10))
    text = json.dumps({"messages": records}, indent=2).replace("\n", "\r\n")
    assert scanned(document(b"\xef\xbb\xbf" + text.encode())) == [records]


def test_lines_that_deceive_are_seen_through() -> None:
    odd = '{\n  "messages": [\n  {"a": [\n  {},\n  {}\n  ]},\n  {"b": 1},\n  {"c": 2}\n  ]\n}'
    assert scanned(document(odd)) == [[{"a": [{}, {}]}, {"b": 1}, {"c": 2}]]


@pytest.mark.parametrize("where", ["messages", "head", "key"])
def test_a_string_of_a_size_nobody_sent_is_refused(where: str) -> None:
    long = "x" * (LARGEST + LARGEST // 4)
    whole = {"messages": {"messages": [{"a": long}]}, "head": {"head": long}, "key": {long: 1}}[where]
    with pytest.raises(Unreadable, match=r"export\.json: holds"):
        scanned(document(json.dumps(whole)))


@pytest.mark.parametrize("start", ["[", '{"a":'])
def test_nesting_without_end_is_refused(start: str) -> None:
    with pytest.raises(Unreadable, match="nested deeper"):
        scanned(document(start + "[" * 200_000 + "]" * 200_000))


def test_an_element_nested_without_end_is_left_out() -> None:
    found = document('{"messages": [{"id": 1, "a": ' + "[" * 200_000 + "]" * 200_000 + '}, {"id": 2}]}')
    assert scanned(found, Row) == [[Row(2)]]
    assert [(w.code, w.count) for w in found.warnings()] == [("bad_lines", 1)]


@settings(max_examples=20)
@given(st.text(alphabet='"\\{}[],:x \n', max_size=60))
def test_strings_full_of_syntax_are_strings(text: str) -> None:
    records = [{"text": text, text: [text]}] * 3
    assert scanned(document(json.dumps({text: text, "messages": records}))) == [records]
