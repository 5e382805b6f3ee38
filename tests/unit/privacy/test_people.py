from __future__ import annotations

import re
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.errors import Retry
from egregora.ids import Handle, SourceId
from egregora.privacy.directives import Action, Directive
from egregora.privacy.people import People, PeopleStore, Person, learn
from egregora.privacy.pseudonyms import pseudonym
from egregora.testing import MemoryBlobs, hooked

SOURCE = SourceId("trip")
NOBODY = People(source=SOURCE)
HANDLES = [Handle(f"@{letter * 10}") for letter in "abcdef"]
ANA, BOB = HANDLES[:2]
TIMES = ["2024-03-01T10:00:00", "2024-03-01T10:01:00", "2024-04-01T09:00:00"]

handles = st.sampled_from(HANDLES[:4])
authors = st.lists(st.tuples(st.sampled_from(["Ana", "Bob", "~Ana", "+44 7700 900123"]), handles), max_size=6)


def alias(handle: Handle, value: str | None, time: str | None) -> Directive:
    return Directive(handle, "alias", value, time)


def opt(handle: Handle, action: Action, time: str | None) -> Directive:
    return Directive(handle, action, None, time)


@st.composite
def conversation(draw: st.DrawFn) -> list[Directive]:
    """Requests in the order of their messages, several to a minute."""
    times = sorted(
        draw(st.lists(st.sampled_from(["2024-03-01T10:00:00", "2024-03-01T10:01:00", "2024-04-01T09:00:00"])))
    )
    return [
        draw(
            st.one_of(
                st.builds(alias, handles, st.sampled_from(["Fox", "Owl", None]), st.just(time)),
                st.builds(opt, handles, st.sampled_from(["opt-out", "opt-in"]), st.just(time)),
            )
        )
        for time in times
    ]


@settings(deadline=None)
@given(conversation(), st.lists(authors, min_size=3, max_size=3), st.lists(st.integers(0, 3), min_size=2, max_size=2))
def test_the_order_of_uploads_does_not_count(
    requests: list[Directive], seen: list[list[tuple[str, Handle]]], cuts: list[int]
) -> None:
    times = ["", *TIMES[1:], "9"]
    # Overlapping exports: each holds whole minutes from somewhere up to somewhere.
    uploads = [
        (seen[0], requests),
        (seen[1], [r for r in requests if (r.time or "") >= times[cuts[0]]]),
        (seen[2], [r for r in requests if (r.time or "") < times[cuts[1]]]),
    ]
    results = []
    for order in permutations(uploads):
        people = NOBODY
        for names, asked in order:
            people = learn(people, names, asked)
        results.append({handle: person.model_dump(exclude={"pseudonym"}) for handle, person in people.persons.items()})
    assert all(result == results[0] for result in results)


@settings(deadline=None)
@given(conversation(), authors)
def test_learning_the_same_again_changes_nothing(requests: list[Directive], seen: list[tuple[str, Handle]]) -> None:
    once = learn(NOBODY, seen, requests, title="Trip")
    assert learn(once, seen, requests, title="Trip") == once
    assert learn(once, [], []) == once


def test_the_latest_request_holds_whichever_upload_brings_it() -> None:
    late = learn(NOBODY, [], [alias(ANA, "Owl", "2024-05-01T10:00:00"), opt(ANA, "opt-out", "2024-05-02T10:00:00")])
    both = learn(late, [], [alias(ANA, "Fox", "2024-01-01T10:00:00"), opt(ANA, "opt-in", "2024-01-01T10:00:00")])
    assert (both.persons[ANA].alias, both.persons[ANA].opted_out) == ("Owl", True)
    assert both.opted_out == {ANA}


def test_within_one_minute_the_last_request_holds() -> None:
    minute = "2024-05-01T10:00:00"
    people = learn(NOBODY, [], [alias(ANA, "Zebar", minute), alias(ANA, "Ape", minute)])
    assert people.persons[ANA].alias == "Ape"
    assert learn(people, [], [alias(ANA, "Zebar", minute)]).persons[ANA].alias == "Ape"


def test_an_alias_can_be_taken_back_and_an_opt_out_too() -> None:
    first = learn(NOBODY, [("Ana", ANA)], [alias(ANA, "Fox", "2024-01-01"), opt(ANA, "opt-out", "2024-01-01")])
    then = learn(first, [], [alias(ANA, None, "2024-02-01"), opt(ANA, "opt-in", "2024-02-01")])
    assert (then.persons[ANA].alias, then.persons[ANA].opted_out) == (None, False)


def test_requests_without_a_time_count_in_their_order_and_yield_to_dated_ones() -> None:
    people = learn(NOBODY, [], [alias(ANA, "Fox", None), alias(ANA, "Owl", None)])
    assert people.persons[ANA].alias == "Owl"
    assert learn(people, [], [alias(ANA, "Elk", "2024-01-01")]).persons[ANA].alias == "Elk"


def test_a_pseudonym_is_given_once_and_is_nobody_elses() -> None:
    wanted = pseudonym(BOB, ())
    held = People(source=SOURCE, persons={ANA: Person(handle=ANA, pseudonym=wanted)})
    people = learn(held, [("Ana", ANA), ("Bob", BOB)], [])
    assert people.persons[ANA].pseudonym == wanted
    assert people.persons[BOB].pseudonym != wanted


def test_a_thousand_people_have_a_thousand_pseudonyms() -> None:
    crowd = [("x", Handle(f"@a{number:09x}")) for number in range(1000)]
    people = learn(NOBODY, crowd, [])
    assert len({person.pseudonym for person in people.persons.values()}) == 1000


def test_a_pseudonym_is_two_words_in_title_case_and_always_the_same() -> None:
    assert [pseudonym(handle, ()) for handle in HANDLES[:3]] == ["Cinnamon Otter", "Jade Owl", "Celadon Stingray"]
    for number in range(300):
        assert re.fullmatch("[A-Z][a-z]+ [A-Z][a-z]+", pseudonym(Handle(f"@{number:010x}"), ()))


def test_people_are_kept_and_found_again() -> None:
    store = PeopleStore(MemoryBlobs())
    assert store.get(SOURCE) == NOBODY
    kept = store.update(SOURCE, lambda people: learn(people, [("Ana", ANA)], [], title="Trip"))
    assert kept.title == "Trip"
    assert store.get(SOURCE) == kept
    other = store.update(SourceId("work"), lambda people: learn(people, [("Bob", BOB)], []))
    assert store.all() == [kept, other]


def test_an_update_without_a_change_writes_nothing() -> None:
    calls: list[str] = []
    blobs = hooked(MemoryBlobs(), "blobs", lambda call, when: calls.append(call))
    store = PeopleStore(blobs)
    store.update(SOURCE, lambda people: people)
    assert "blobs.write" not in calls
    store.update(SOURCE, lambda people: learn(people, [("Ana", ANA)], []))
    calls.clear()
    store.update(SOURCE, lambda people: learn(people, [("Ana", ANA)], []))
    assert "blobs.write" not in calls


def test_an_update_that_comes_second_is_made_on_what_the_first_left() -> None:
    blobs = MemoryBlobs()
    interfered: list[bool] = []

    def interfere(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "before") and not interfered:
            interfered.append(True)
            PeopleStore(blobs).update(SOURCE, lambda people: learn(people, [("Bob", BOB)], []))

    store = PeopleStore(hooked(blobs, "blobs", interfere))
    store.update(SOURCE, lambda people: learn(people, [("Ana", ANA)], []))
    assert set(PeopleStore(blobs).get(SOURCE).persons) == {ANA, BOB}


def test_an_update_that_never_gets_through_asks_to_be_tried_later() -> None:
    blobs = MemoryBlobs()

    def interfere(call: str, when: str) -> None:
        if (call, when) == ("blobs.write", "before"):
            blobs.write("people/trip.json", NOBODY.model_dump_json().encode())

    store = PeopleStore(hooked(blobs, "blobs", interfere))
    with pytest.raises(Retry):
        store.update(SOURCE, lambda people: learn(people, [("Ana", ANA)], []))
