from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egregora.errors import EgregoraError, Retry
from egregora.ids import Handle
from egregora.settings import SiteSettings
from egregora.site import Page, PersonView, Phase, SiteInput
from egregora.site.build import build_site
from egregora.site.deliver import INTENT, RECORD, deliver, is_ours
from egregora.testing.sinks import MemorySink
from magazine import ANA, BRUNO, CHIARA, DOCUMENTS, GRETE, PEOPLE, SOURCE, magazine, renamed, site

PLAIN = SiteSettings(search=False)


def content(sink: MemorySink) -> dict[str, bytes]:
    return {path: sink.read(path) or b"" for path in sink.list()}


def published(given: SiteInput) -> dict[str, bytes]:
    sink = MemorySink()
    deliver(build_site(given), sink)
    return content(sink)


def page(path: str, data: bytes, phase: Phase = Phase.HUBS) -> Page:
    return Page(path, data.hex(), phase, lambda: data)


def bundle(path: str, **files: bytes) -> Page:
    return Page(path, repr(sorted(files.items())), Phase.SEARCH, bytes, lambda: dict(files))


class Died(Exception):
    pass


class MortalSink(MemorySink):
    """Dies right before or right after a given change, and changes nothing from then on."""

    def __init__(self, fatal: int, *, after: bool, parallel: int) -> None:
        super().__init__(parallel=parallel)
        self.left, self.after = fatal, after
        self._turn = threading.Lock()

    def _mortal(self, change: Callable[[], bool]) -> bool:
        with self._turn:
            self.left -= 1
            left = self.left
        if left < 0 or (left == 0 and not self.after):
            raise Died
        result = change()
        if left == 0:
            raise Died
        return result

    def write(self, path: str, data: bytes) -> bool:
        return self._mortal(lambda: super(MortalSink, self).write(path, data))

    def delete(self, path: str) -> bool:
        return self._mortal(lambda: super(MortalSink, self).delete(path))


class ListedSink(MemorySink):
    """Remembers the order of changes."""

    def __init__(self, *, parallel: int = 1) -> None:
        super().__init__(parallel=parallel)
        self.changes: list[tuple[str, str]] = []

    def write(self, path: str, data: bytes) -> bool:
        changed = super().write(path, data)
        if changed:
            self.changes.append(("write", path))
        return changed

    def delete(self, path: str) -> bool:
        changed = super().delete(path)
        if changed:
            self.changes.append(("delete", path))
        return changed


def test_an_unchanged_publish_writes_not_a_byte_and_renders_nothing() -> None:
    sink = ListedSink()
    deliver(build_site(magazine()), sink)
    sink.changes.clear()
    again = deliver(build_site(magazine()), sink)
    assert sink.changes == []
    assert (again.written, again.deleted, again.rendered) == (0, 0, 0)


FEW = DOCUMENTS[-5:]
SITES = st.tuples(
    st.frozensets(st.integers(0, len(FEW) - 1)),
    st.sampled_from(["Quiet Heron", "Q", "quiet heron", "<i>"]),
    st.frozensets(st.sampled_from([BRUNO, CHIARA, GRETE])),
    st.sampled_from(["", "https://chat.example/a"]),
)


Choice = tuple[frozenset[int], str, frozenset[Handle], str]


@cache
def whole(choice: Choice) -> dict[str, bytes]:
    return published(made(choice))


def made(choice: Choice) -> SiteInput:
    """A site of some of the windows, with a person called something and others gone."""
    kept, name, gone, base = choice
    people = {who: view for who, view in PEOPLE.items() if who not in gone}
    people[ANA] = PersonView(ANA, name, "ana")
    documents = [document for place, document in enumerate(FEW) if place in kept]
    return site(documents, people=people, settings=PLAIN.model_copy(update={"base_url": base}))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SITES, min_size=2, max_size=4))
def test_publishing_step_by_step_gives_the_bytes_of_one_full_publish(choices: list[Choice]) -> None:
    sink = MemorySink()
    for choice in choices:
        deliver(build_site(made(choice)), sink)
    assert content(sink) == whole(choices[-1])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    first=SITES,
    second=SITES,
    fatal=st.integers(1, 120),
    after=st.booleans(),
    changes_its_mind=st.booleans(),
    parallel=st.sampled_from([1, 8]),
)
def test_a_publish_that_died_at_any_change_is_made_whole_by_the_next(
    first: Choice,
    second: Choice,
    fatal: int,
    after: bool,
    changes_its_mind: bool,
    parallel: int,
) -> None:
    sink = MortalSink(10**9, after=after, parallel=parallel)
    deliver(build_site(made(first)), sink)
    sink.left = fatal
    with suppress(Died):
        deliver(build_site(made(second)), sink)
    sink.left = 10**9
    last = first if changes_its_mind else second
    deliver(build_site(made(last)), sink)
    assert content(sink) == whole(last)


@pytest.mark.parametrize("damage", ["lost", "torn", "older", "another version"])
def test_a_record_that_cannot_be_trusted_leads_to_the_same_bytes(damage: str) -> None:
    sink = MemorySink()
    deliver(build_site(site(DOCUMENTS[:4], settings=PLAIN)), sink)
    older = sink.read(RECORD)
    assert older is not None
    deliver(build_site(site(DOCUMENTS[:9], settings=PLAIN)), sink)
    if damage == "lost":
        sink.delete(RECORD)
    else:
        sink.write(RECORD, {"torn": older[:99], "older": older, "another version": b'{"version":0,"pages":{}}'}[damage])
    last = site(DOCUMENTS[2:6], settings=PLAIN)
    deliver(build_site(last), sink)
    assert content(sink) == published(last)


def test_files_that_are_gone_come_back() -> None:
    sink = MemorySink()
    given_site = site(DOCUMENTS, settings=PLAIN)
    deliver(build_site(given_site), sink)
    before = content(sink)
    for path in ("index.html", "people/index.html"):
        sink.delete(path)
    deliver(build_site(given_site), sink)
    assert content(sink) == before


def test_a_file_that_was_altered_is_mended_by_a_full_publish() -> None:
    sink = MemorySink()
    given_site = site(DOCUMENTS, settings=PLAIN)
    deliver(build_site(given_site), sink)
    before = content(sink)
    sink.write("index.html", b"altered")
    delivery = deliver(build_site(given_site), sink, full=True)
    assert content(sink) == before
    assert delivery.written == 1


def test_files_of_others_in_the_same_place_are_left_alone() -> None:
    sink = MemorySink()
    others = {"CNAME": b"chat.example", "people/photo.jpg": b"jpg", "notes/2024/index.html": b"x"}
    for path, data in others.items():
        sink.write(path, data)
    deliver(build_site(site(DOCUMENTS, settings=PLAIN)), sink)
    deliver(build_site(site([], settings=PLAIN)), sink)
    assert {path: sink.read(path) for path in others} == others


def test_every_file_of_a_site_is_known_by_its_shape() -> None:
    settings_with_address = SiteSettings(base_url="https://chat.example")
    files = published(magazine(settings=settings_with_address))
    assert [path for path in files if not is_ours(path, files.get)] == [RECORD]


@pytest.mark.parametrize("path", ["2024/05/index.html", "people/bob/index.html", "archive/index.html"])
def test_a_page_of_another_site_in_the_same_place_is_not_taken_for_ours(path: str) -> None:
    sink = MemorySink()
    sink.write(path, b"<!doctype html><title>another site</title>")
    deliver([page("a.html", b"1")], sink)
    assert sink.read(path)


def test_files_are_written_by_phase_and_deleted_in_reverse() -> None:
    sink = ListedSink()
    phases = {f"{phase.name.lower()}.html": phase for phase in Phase}
    deliver([page(path, b"1", phase) for path, phase in reversed(phases.items())], sink)
    assert [path for _, path in sink.changes] == [INTENT, *phases, RECORD, INTENT]
    sink.changes.clear()
    deliver([], sink)
    assert sink.changes[1:-2] == [("delete", path) for path in reversed(phases)]


@pytest.mark.parametrize("parallel", [2, 16])
def test_files_at_once_stay_within_their_phase(parallel: int) -> None:
    sink = ListedSink(parallel=parallel)
    pages = {f"{phase}{number}.html": phase for phase in Phase for number in range(20)}
    deliver([page(path, path.encode(), phase) for path, phase in pages.items()], sink)
    order = [pages[path] for _, path in sink.changes if path in pages]
    assert order == sorted(pages.values())
    sink.changes.clear()
    deliver([], sink)
    assert [pages[path] for _, path in sink.changes if path in pages] == order[::-1]


class MeetingSink(MemorySink):
    """Lets no file of `together` be written or deleted before all of them are."""

    def __init__(self, together: set[str]) -> None:
        super().__init__(parallel=len(together))
        self.together = together
        self.meeting = threading.Barrier(len(together), timeout=60)

    def write(self, path: str, data: bytes) -> bool:
        if path in self.together:
            self.meeting.wait()
        return super().write(path, data)

    def delete(self, path: str) -> bool:
        if path in self.together:
            self.meeting.wait()
        return super().delete(path)


def test_a_sink_that_likes_it_gets_several_files_of_a_phase_at_once() -> None:
    sink = MeetingSink({f"{number}.html" for number in range(5)})
    assert deliver([page(path, b"1") for path in sink.together], sink).written == 5
    assert deliver([], sink).deleted == 5


def test_the_files_of_a_folder_are_written_at_once_and_its_last_when_they_are_there() -> None:
    together = {f"search/2024-03/{name}" for name in "abc"}
    listed: list[str] = []

    class Folder(MeetingSink):
        def write(self, path: str, data: bytes) -> bool:
            if path == "search/2024-03/entry":
                listed.extend(self.list("search/"))
            return super().write(path, data)

    deliver([bundle("search/2024-03/", c=b"1", b=b"2", a=b"3", entry=b"4")], Folder(together))
    assert set(listed) == together


def test_only_a_few_pages_are_held_at_a_time() -> None:
    rendered = 0
    held: list[int] = []

    class Counting(MemorySink):
        def write(self, path: str, data: bytes) -> bool:
            held.append(rendered - len(held))
            return super().write(path, data)

    def render() -> bytes:
        nonlocal rendered
        rendered += 1
        return b"page"

    deliver([Page(f"{number}.html", "", Phase.POSTS, render) for number in range(300)], Counting(parallel=4))
    assert rendered == 300
    assert max(held) <= 2 * 4 + 1


def test_a_write_that_fails_ends_the_delivery_with_its_error_and_the_record_unwritten() -> None:
    class Failing(MemorySink):
        def write(self, path: str, data: bytes) -> bool:
            if path == "7.html":
                raise Retry(after=3)
            return super().write(path, data)

    sink = Failing(parallel=4)
    with pytest.raises(Retry):
        deliver([page(f"{number}.html", b"1") for number in range(100)], sink)
    assert sink.read(RECORD) is None
    assert sink.read("99.html") is None
    assert sink.read(INTENT)


def test_a_folder_keeps_its_order_and_loses_what_it_no_longer_holds() -> None:
    sink = ListedSink()
    deliver([bundle("search/2024-03/", b=b"1", a=b"2")], sink)
    assert [path for _, path in sink.changes][1:3] == ["search/2024-03/b", "search/2024-03/a"]
    deliver([bundle("search/2024-03/", a=b"3", c=b"4")], sink)
    assert [path for path in sink.list() if path != RECORD] == ["search/2024-03/a", "search/2024-03/c"]


def test_pages_whose_inputs_changed_but_not_their_bytes_are_not_written() -> None:
    sink = MemorySink()
    deliver([page("a.html", b"same")], sink)
    delivery = deliver([Page("a.html", "other inputs", Phase.HUBS, lambda: b"same")], sink)
    assert (delivery.written, delivery.unchanged, delivery.rendered) == (0, 1, 1)


def test_two_pages_with_one_address_are_refused_before_anything_is_touched() -> None:
    sink = MemorySink()
    with pytest.raises(EgregoraError, match="same address"):
        deliver([page("a.html", b"1"), page("a.html", b"2")], sink)
    assert list(sink.list()) == []


def test_an_error_while_rendering_passes_through_and_the_next_publish_heals() -> None:
    def refuse() -> bytes:
        raise Retry

    sink = MemorySink()
    with pytest.raises(Retry):
        deliver([page("a.html", b"1"), Page("b.html", "x", Phase.HUBS, refuse)], sink)
    deliver([page("a.html", b"1"), page("b.html", b"2")], sink)
    assert sink.read("b.html") == b"2"
    assert sink.read(INTENT) is None


def test_progress_counts_pages_up_to_all_of_them() -> None:
    seen: list[tuple[int, int]] = []
    pages = [page(f"{n}.html", b"1") for n in range(3)]
    sink = MemorySink()
    deliver(pages[:1], sink)
    deliver(pages, sink, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 3), (3, 3)]


def test_a_changed_name_rewrites_only_pages_that_show_it() -> None:
    sink = ListedSink()
    before = site(DOCUMENTS, settings=PLAIN)
    deliver(build_site(before), sink)
    old = content(sink)
    sink.changes.clear()
    deliver(build_site(renamed(before, GRETE, "Somebody Entirely New")), sink)
    written = {path for kind, path in sink.changes if kind == "write"} - {RECORD, INTENT}
    assert written == {path for path, data in old.items() if b"Violet Anvil" in data}
    assert written
    assert not any(b"Violet Anvil" in data for data in content(sink).values())


def test_a_changed_name_renders_only_pages_that_show_it() -> None:
    sink = MemorySink()
    before = site(DOCUMENTS, settings=PLAIN)
    deliver(build_site(before), sink)
    showing = sum(b"Violet Anvil" in data for data in content(sink).values())
    assert deliver(build_site(renamed(before, GRETE, "Anew")), sink).rendered == showing


def test_the_order_in_which_pages_come_changes_nothing() -> None:
    pages = list(build_site(site(DOCUMENTS, settings=PLAIN)))
    random.Random(1).shuffle(pages)
    sink = MemorySink()
    deliver(pages, sink)
    assert content(sink) == published(site(DOCUMENTS, settings=PLAIN))


def test_another_window_with_the_same_post_id_gets_an_address_of_its_own() -> None:
    twin = DOCUMENTS[0].model_copy(update={"signature": "0" * 64, "attempt": 2})
    both = site([DOCUMENTS[0], twin], settings=PLAIN)
    posts = [path for path in published(both) if path.endswith("post.json")]
    assert len(posts) == 2
    assert SOURCE not in "".join(posts)
    assert replace(both).cards == both.cards


def test_a_publish_of_folders_that_died_at_any_change_is_made_whole_by_the_next() -> None:
    first = [bundle("search/a/", x=b"1", y=b"2"), bundle("search/b/", x=b"3"), page("i.html", b"4", Phase.HOME)]
    second = [bundle("search/a/", y=b"5", z=b"6"), bundle("search/c/", x=b"7"), page("i.html", b"8", Phase.HOME)]
    for fatal in range(1, 30):
        for after, parallel in product((False, True), (1, 8)):
            sink = MortalSink(10**9, after=after, parallel=parallel)
            deliver(first, sink)
            sink.left = fatal
            with suppress(Died):
                deliver(second, sink)
            sink.left = 10**9
            deliver(second, sink)
            fresh = MemorySink()
            deliver(second, fresh)
            assert content(sink) == content(fresh)
