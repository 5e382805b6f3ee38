"""Large JSON files: the elements of chosen arrays, a batch at a time, and what stands around them.

    document = Document(source, "messages")          or ("chats.list.messages", ...), or "" for an array at the top
    for batch in document.scan(Row): ...             one pass over all of the file: surveys
    document.rest(Head)                              the file without the elements of those arrays
    for row in document.elements(0, Row): ...        one array again, as often as asked

A file is cut into batches of whole elements, and msgspec makes a batch what it is to be in one call. Programs that
indent tell where elements end by their lines, for no string holds a raw line end; else brackets are counted. Either cut
is proven by decoding: a batch that was cut in the wrong place is not an array. So memory is bounded by the largest
element, and a file that was cut off gives every element that is whole.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Warning  # noqa: A004
from egregora.ingest.json_elements import Elements
from egregora.ingest.json_outline import BLOCK, CLOSING, OPENING, STRING, Outside, Window
from egregora.ingest.lines import Notes

T = TypeVar("T")

_FIRST_OBJECT = re.compile(rb"[ \t\r]*\n\s*\{")
_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:' + STRING + rb'[^"{}\[\]]*+)*+([{}\[\]"]|\Z)', re.DOTALL)
"""On to the next bracket; a quotation mark stands for a string that does not end."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Some elements of the array with this number and path; arrays are numbered from 0 as they stand in the file."""

    array: int
    path: str
    elements: list[T]


@dataclass(frozen=True, slots=True)
class _Span:
    """Where an array's elements start, and the indentation of the line that opens it."""

    start: int
    indent: bytes


class Document:
    """One JSON file. `paths` name the arrays to stream by the keys that lead there, as in ``chats.list.messages``.

    Arrays on the way go unnamed, ``*`` is any key, and an empty path is an array that is the whole file.
    """

    def __init__(self, source: ByteSource, *paths: str) -> None:
        self._met = Notes()
        self._truncated = False
        self._source = source
        self._paths = tuple(tuple(path.split(".")) if path else () for path in paths)
        self._spans: list[_Span] = []
        self._rest = b""
        self._idle: list[Window] = []
        """The window that read an array to its end: the next one starts not far behind, and zips go only forward."""
        weakref.finalize(self, _close, self._idle)

    @property
    def arrays(self) -> int:
        """How many arrays the last `scan` met."""
        return len(self._spans)

    def scan(self, element: type[T]) -> Iterator[Batch[T]]:
        """Every element of every chosen array, in order. Raises `Unreadable` on what is too large or too deep."""
        self._spans, self._met = [], Notes()
        outside = Outside(self._source.name)
        decoder = Elements(element, self._met)
        with self._source.open() as file:
            window = Window(self._source.name, file)
            while outside.next_array(window, self._paths):
                number = len(self._spans)
                self._spans.append(_Span(window.place, outside.indent))
                outside.put(b"%d" % number)
                for elements in _batches(window, self._spans[-1].indent, decoder):
                    yield Batch(number, outside.path, elements)
        self._truncated = bool(outside.open)
        self._rest = outside.closed()

    def rest(self, form: type[T]) -> T:
        """What stands around the elements; in their place each array holds its number. Call it after `scan`.

        Raises `Unreadable` where it is not of this form.
        """
        values = Elements(form, Notes()).each(self._rest)
        if len(values) != 1:
            raise Unreadable("is not the JSON that it should be; export it again", where=self._source.name)
        return values[0]

    def elements(self, array: int, element: type[T]) -> Iterator[T]:
        """The elements of the array with this number, which `scan` told."""
        span = self._spans[array]
        window = self._idle.pop() if self._idle else None
        if window is None or not window.advance(span.start):
            _close([window] if window else [])
            window = Window(self._source.name, self._source.open())
            window.advance(span.start)
        goes_on = False
        try:
            for batch in _batches(window, span.indent, Elements(element, Notes())):
                yield from batch
            goes_on = array + 1 < len(self._spans) and not self._idle
        finally:
            if goes_on:
                self._idle.append(window)
            else:
                window.file.close()

    def warnings(self) -> list[Warning]:
        """What the last `scan` met, in words."""
        name = self._source.name
        cut = Warning("truncated_file", 1, "the file ends too early; what is whole was read", name)
        damaged = [replace(each, lines=self._lines(each.lines)) for each in self._met.warnings(name)]
        return [cut, *damaged] if self._truncated else damaged

    def _lines(self, places: Sequence[int]) -> tuple[int, ...]:
        """The lines of these places, which are in order."""
        numbers, line, at = [], 1, 0
        with self._source.open() as file:
            for place in places:
                while at < place and (block := file.read(min(BLOCK, place - at))):
                    line += block.count(b"\n")
                    at += len(block)
                numbers.append(line)
        return tuple(dict.fromkeys(numbers))


def read_small(source: ByteSource, form: type[T]) -> T | None:
    """A small file that stands beside the messages; None where it is not of this form, for it only adds names.

    Raises `Unreadable` where it is too large or too deep.
    """
    document = Document(source)
    for _ in document.scan(object):
        pass
    with suppress(Unreadable):
        return document.rest(form)
    return None


@dataclass(frozen=True, slots=True)
class _Lines:
    """How an indented array is set: what stands between two objects, and before the bracket that ends it."""

    between: bytes
    close: bytes


def _lines(data: bytes, indent: bytes) -> _Lines | None:
    """The setting of an array that `data` starts with, in a line of this indentation; None where it is in one line."""
    lead = _FIRST_OBJECT.match(data)
    return _Lines(b"}," + lead[0], b"\n" + indent + b"]") if lead else None


def _batches(window: Window, indent: bytes, decoder: Elements[T]) -> Iterator[list[T]]:
    """The elements from the window's place to the end of their array, where the window then stands."""
    if len(window.data) < BLOCK:
        window.more()
    lines = _lines(window.data, indent)
    while True:
        data = window.data
        cut, ended, batch = _by_lines(data, lines, decoder) if lines else (0, False, None)
        if batch is None:
            ends, ended = _ends(data)
            if not ends:
                if window.more():
                    continue
                window.drop(len(window.data))
                return
            cut = ends[-1]
            batch = decoder.whole(data, cut)
            if batch is None:
                batch = [
                    e
                    for start, end in pairwise([0, *ends])
                    for e in decoder.each(data[start:end], window.place + start)
                ]
            else:
                lines = None  # they deceive: nothing but the cut was wrong
        window.drop(cut)
        if batch:
            yield batch
        if ended:
            return
        window.more()


def _by_lines(data: bytes, lines: _Lines, decoder: Elements[T]) -> tuple[int, bool, list[T] | None]:
    """Where the last object in `data` ends by its line, whether the array ends there, and what it holds up to there."""
    cut = data.rfind(lines.between) + 1
    batch = decoder.whole(data, cut) if cut else None
    if batch is not None:
        return cut, False, batch
    cut = data.find(lines.close)  # looked for where the array seems to end: looking through all takes its time
    return cut, True, decoder.whole(data, cut) if cut >= 0 else None


def _ends(data: bytes) -> tuple[list[int], bool]:
    """Where objects and arrays end that stand at the level `data` starts at, and whether that level ends last."""
    ends: list[int] = []
    depth = 0
    for found in _BRACKET.finditer(data):
        bracket = found[1]
        if bracket in OPENING:
            depth += 1
        elif bracket not in CLOSING:
            break
        elif depth:
            depth -= 1
            if not depth:
                ends.append(found.end())
        else:
            return [*ends, found.end() - 1], True
    return ends, False


def _close(windows: list[Window]) -> None:
    while windows:
        windows.pop().file.close()
