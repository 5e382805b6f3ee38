"""Delivery of pages to a sink: only what changed, in an order a reader never notices, safe to die at any write.

    intent written ─► files by phase ─► deletions in reverse ─► record written ─► intent removed

The record, kept in the sink, says of every page what it was made from and what its files hash to. The intent names the
pages a publish is about to touch: should it die, the next one trusts nothing about those. A record that is missing,
damaged, or does not fit the files that are there is not trusted at all: every page is rendered and compared.

Within a phase the sink writes and deletes as many files at once as it likes to; the last file of a folder, which leads
to the others, waits for them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from typing import TypeVar

import msgspec

from egregora.errors import EgregoraError
from egregora.sinks import Sink
from egregora.site import Page, Phase
from egregora.threads import map_ahead

RECORD = ".egregora/record.json"
INTENT = ".egregora/intent.json"
VERSION = 1

_SHAPES = re.compile(
    r"""(?x)
    (?:\d{4}/(?:\d\d/)?|undated/|archive/|graph/|statistics/|status/)index\.html
    | (?:\d{4}/\d\d/\d\d-|undated/)[0-9a-f]{10}(?:-\d+)?/(?:index\.html|post\.json)
    | (?:people|topics)/(?:[^/]+/){0,2}index\.html
    | search/(?:index\.html|months\.json)
    | search/(?:\d{4}-\d\d|undated)/(?:pagefind[^/]*\.(?:json|pf_meta)|(?:index|fragment)/[^/]+\.pf_(?:index|fragment))
    | assets/(?:[^/]+-[0-9a-f]{10}\.(?:css|js|svg)|pagefind-[^/]+/.+)
    | (?:\d{4}/\d\d/|undated/)?sidecars\.json
    | sitemaps/[^/]+\.xml | (?:index|404)\.html | (?:rss|atom|sitemap)\.xml | feed\.json | robots\.txt
    | mkdocs(?:\.plain)?\.yml | docs/(?:index|tags|blog/index)\.md | docs/(?:people|topics)/[^/]+\.md
    | docs/(?:blog/\.authors\.yml|people/\d\.svg) | docs/(?:archive|undated)/(?:\d{4}/(?:\d\d/)?)?index\.md
    | docs/(?:(?:blog/)?posts/\d{4}/\d\d/\d\d-|(?:posts/)?undated/)[0-9a-f]{10}(?:-\d+)?\.md
    | docs/posts/(?:\d{4}/(?:\d\d/)?|undated/)?index\.md
    """
)
_MARK = b"Egregora"
_MARKED = (".html", ".md")
"""Files that name their maker, and must, to be taken for ours: other sites lie in folders of the same names."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a publish did: files written and deleted, pages that needed no write, and pages rendered to find out."""

    written: int
    deleted: int
    unchanged: int
    rendered: int


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """A page as the record knows it; `files` are hashes by path."""

    phase: int
    inputs: str
    files: dict[str, str]


class _Record(msgspec.Struct, frozen=True):
    version: int
    pages: dict[str, _Entry]


class _Intent(msgspec.Struct, frozen=True):
    version: int
    pages: list[str]


_Stored = TypeVar("_Stored", _Record, _Intent)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Pages to render, in order; the entries of those that are as they were; and the addresses of both."""

    due: list[Page]
    kept: dict[str, _Entry]
    paths: set[str]


@dataclass(frozen=True, slots=True)
class _File:
    """A rendered file of `page`, the last of its files or not."""

    page: Page
    path: str
    data: bytes = field(repr=False)
    last: bool

    @property
    def together(self) -> tuple[Phase, str, bool]:
        """What is alike of consecutive files that may be written at once."""
        folder = self.page.path if self.page.files else ""
        return self.page.phase, folder, bool(folder) and self.last


@dataclass(frozen=True, slots=True)
class _Known:
    """What may be relied on: trusted pages, and every file that may be there from an earlier publish."""

    pages: dict[str, _Entry]
    files: dict[str, int]
    """Phase by path."""
    intent: _Intent | None
    clean: bool
    """All that is there was recorded, and no publish died since."""


def is_ours(path: str, read: Callable[[str], bytes | None]) -> bool:
    """Whether a file that no record names was left by an earlier delivery of ours, and may be removed."""
    if not _SHAPES.fullmatch(path):
        return False
    return not path.endswith(_MARKED) or _MARK in (read(path) or b"")


def deliver(
    pages: Iterable[Page],
    sink: Sink,
    *,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Delivery:
    """Make `sink` hold exactly `pages` (and whatever is not ours), writing only bytes that differ.

    `full` compares every page whatever the record says. `progress` is called with pages settled and their number.
    Errors of the sink and of rendering pass through; what has been done by then is found again by the next call.
    """
    known = _known(sink, full=full)
    plan = _plan(pages, known.pages)
    going = [path for path in known.files if not _covered(path, plan.paths)]
    if _stands(known, plan):
        return Delivery(0, 0, len(plan.kept), 0)
    _write_intent(sink, plan.due, going, known)
    made, written, same = _write_pages(sink, plan, known.pages, progress)
    entries = plan.kept | made
    wanted = {path for entry in entries.values() for path in entry.files}
    deleted = _remove(sink, [path for path in known.files if path not in wanted], known.files)
    record = _Record(VERSION, dict(sorted(entries.items())))
    sink.write(RECORD, msgspec.json.encode(record, order="deterministic"))
    sink.delete(INTENT)
    return Delivery(written, deleted, len(plan.kept) + same, len(plan.due))


def stands(pages: Iterable[Page], sink: Sink) -> bool:
    """Whether `sink` holds `pages` already, by its own record. Reads only."""
    known = _known(sink, full=False)
    return _stands(known, _plan(pages, known.pages))


def _stands(known: _Known, plan: _Plan) -> bool:
    return known.clean and not plan.due and len(plan.kept) == len(known.pages)


def _plan(pages: Iterable[Page], trusted: Mapping[str, _Entry]) -> _Plan:
    """Tell pages that changed from those that did not, letting go of the latter at once: there are many."""
    paths: set[str] = set()
    due: list[Page] = []
    kept: dict[str, _Entry] = {}
    for page in pages:
        if page.path in paths:
            raise EgregoraError("Two pages claim the same address.")
        if page.path.endswith("/") != (page.files is not None):
            raise EgregoraError("A folder of files must end in a slash, and a page must not.")
        paths.add(page.path)
        entry = trusted.get(page.path)
        if entry is not None and (entry.inputs, entry.phase) == (page.inputs, page.phase):
            kept[page.path] = entry
        else:
            due.append(page)
    return _Plan(sorted(due, key=lambda page: page.phase), kept, paths)


def _covered(path: str, wanted: set[str]) -> bool:
    """Whether `path` is a wanted page, or lies in a wanted folder."""
    if path in wanted:
        return True
    parts = path.split("/")
    return any("/".join(parts[:n]) + "/" in wanted for n in range(1, len(parts)))


def _known(sink: Sink, *, full: bool) -> _Known:
    """Read record and intent, and hold them against what is there."""
    # Listed before the record is read: of files that another publisher writes after that, the sink then knows an older
    # generation than the record speaks of, and gives way when it would write over them.
    there = {path for path in sink.list() if not path.startswith(".egregora/")}
    record_bytes, intent_bytes = sink.read(RECORD), sink.read(INTENT)
    record, intent = _decoded(record_bytes, _Record), _decoded(intent_bytes, _Intent)
    recorded = record.pages if record else {}
    phases = {path: entry.phase for entry in recorded.values() for path in entry.files}
    dirty = set(intent.pages) if intent else set()
    strays = {path for path in there if path not in phases and (_covered(path, dirty) or is_ours(path, sink.read))}
    fits = record is not None and (intent_bytes is None or intent is not None)
    if full or not fits or any(not _covered(path, dirty) for path in strays):
        trusted: dict[str, _Entry] = {}
    else:
        trusted = {
            path: entry for path, entry in recorded.items() if path not in dirty and there.issuperset(entry.files)
        }
    files = {path: phase for path, phase in phases.items() if path in there} | dict.fromkeys(sorted(strays), 0)
    clean = fits and intent_bytes is None and len(trusted) == len(recorded)
    return _Known(trusted, files, intent, clean)


def _decoded(data: bytes | None, kind: type[_Stored]) -> _Stored | None:
    """What was stored; None where it is missing, damaged or of another version."""
    if data is None:
        return None
    try:
        value = msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError:
        return None
    return value if value.version == VERSION else None


def _write_intent(sink: Sink, due: Sequence[Page], going: Sequence[str], known: _Known) -> None:
    """Say what is about to be touched, before touching it; what an earlier intent named stays named."""
    paths = {page.path for page in due} | set(going) | set(known.intent.pages if known.intent else ())
    sink.write(INTENT, msgspec.json.encode(_Intent(VERSION, sorted(paths))))


def _write_pages(
    sink: Sink,
    plan: _Plan,
    trusted: Mapping[str, _Entry],
    progress: Callable[[int, int], None] | None,
) -> tuple[dict[str, _Entry], int, int]:
    """Render what is due and write what differs: new entries, files written, pages that stayed the same."""
    entries = {page.path: _Entry(int(page.phase), page.inputs, {}) for page in plan.due}
    touched: set[str] = set()
    written, settled = 0, len(plan.kept)

    def write(file: _File) -> tuple[_File, str, bool]:
        digest = sha256(file.data).hexdigest()
        before = trusted.get(file.page.path)
        known = before is not None and before.files.get(file.path) == digest
        return file, digest, not known and sink.write(file.path, file.data)

    for _, files in groupby(_rendered(plan.due), key=lambda file: file.together):
        for file, digest, changed in map_ahead(write, files, threads=sink.parallel):
            entries[file.page.path].files[file.path] = digest
            written += changed
            settled += file.last
            if changed:
                touched.add(file.page.path)
            if progress and file.last:
                progress(settled, len(plan.paths))
    return entries, written, len(plan.due) - len(touched)


def _rendered(due: Sequence[Page]) -> Iterator[_File]:
    """Every page's files, in order; folders, which a tool makes, are made ahead on every core."""
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        ahead = {page.path: pool.submit(page.files) for page in due if page.files}
        for page in due:
            if page.files:
                made = ahead.pop(page.path).result()
                for number, (name, data) in enumerate(made.items(), 1):
                    yield _File(page, page.path + name, data, number == len(made))
            else:
                yield _File(page, page.path, page.render(), last=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _remove(sink: Sink, paths: Iterable[str], phases: Mapping[str, int]) -> int:
    """Delete files, those that lead to others first."""
    ordered = sorted(paths, key=lambda path: (-phases[path], path))
    return sum(sink.delete_many(list(alike)) for _, alike in groupby(ordered, phases.__getitem__))
