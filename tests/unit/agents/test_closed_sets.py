from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_chat import ANA, BEN, CHAT, CLARA, STRANGER, message
from egregora.agents.closed_sets import Checked, ClosedSets
from egregora.agents.reading import Reading
from egregora.forms import (
    ActionItem,
    Decision,
    DraftPost,
    Enrichment,
    Entity,
    Link,
    Observation,
    Part,
    Question,
    Quote,
    Relation,
    Topic,
    Writing,
)
from egregora.message import Message

LINK = "https://trains.example/night?id=7"


def _sets(*messages: Message, context: tuple[Message, ...] = ()) -> ClosedSets:
    reading = Reading(messages or CHAT, context)
    return ClosedSets(reading.transcript.names, reading.known_people, context=context)


def _enrichment(**fields: Any) -> Enrichment:
    return Enrichment(language="en", summary="", **fields)


def _checked(**fields: Any) -> Checked[Enrichment]:
    return _sets().check_enrichment(_enrichment(**fields))


def test_an_answer_that_names_only_what_is_there_comes_back_as_it_was() -> None:
    enrichment = _enrichment(
        topics=[Topic(name="Night train", summary=f"{ANA} found one.", messages=["m2", "m3"])],
        parts=[Part(person=BEN, summary="Books.", messages=["m3"])],
        entities=[Entity(name="Lisbon", type="place", messages=["m2"])],
        relations=[Relation(subject=ANA, predicate="wants to see", object="Lisbon", messages=["m2"])],
        decisions=[Decision(text="Taken.", people=[ANA, BEN], messages=["m3"])],
        questions=[Question(text="Who brings the tent?", person=CLARA, messages=["m5"])],
        actions=[ActionItem(text="Book.", person=BEN, due="tomorrow", messages=["m3"])],
        quotes=[Quote(text="night train to lisbon?", person=ANA, messages=["m2"])],
        links=[Link(url=LINK, title="The train", messages=["m2"])],
    )
    checked = _sets().check_enrichment(enrichment)
    assert checked.form == enrichment
    assert (checked.unknown, checked.problems) == (0, ())
    assert checked.total > 10


def test_unknown_messages_are_taken_out_and_counted() -> None:
    checked = _checked(topics=[Topic(name="T", summary="S", messages=["m2", "m99", " M3 ", "m2", "12"])])
    assert checked.form.topics[0].messages == ["m2", "m3"]
    assert checked.unknown == 2


def test_messages_that_are_not_shown_cannot_be_cited() -> None:
    checked = _checked(
        topics=[Topic(name="T", summary="S", messages=["m1"]), Topic(name="U", summary="", messages=["m4"])]
    )
    assert checked.form.topics == []
    assert checked.unknown == 2


def test_what_rests_on_no_message_is_dropped() -> None:
    checked = _checked(decisions=[Decision(text="Nobody said so.", people=[ANA])])
    assert checked.form.decisions == []
    assert checked.problems == ("a decision names no message that it rests on",)


def test_an_unknown_person_takes_what_is_about_them_along() -> None:
    checked = _checked(
        parts=[Part(person=STRANGER, summary="S", messages=["m2"])],
        questions=[Question(text="Q?", person=STRANGER, messages=["m2"])],
        decisions=[Decision(text="D", people=[STRANGER, ANA.upper()], messages=["m2"])],
    )
    assert checked.form.parts == []
    assert checked.form.questions == [Question(text="Q?", person=None, messages=["m2"])]
    assert checked.form.decisions[0].people == [ANA]
    assert checked.unknown == 3


def test_unknown_handles_and_addresses_leave_no_trace_in_running_text() -> None:
    text = f"{STRANGER} and {ANA} saw [this](https://evil.example/x), www.evil.example and {LINK}."
    checked = _sets().check_enrichment(Enrichment(language="en", summary=text))
    assert checked.form.summary == f"… and {ANA} saw this, … and {LINK}."
    assert checked.unknown == 3


def test_a_relation_holds_between_entities_of_the_answer_and_known_people() -> None:
    entities = [Entity(name="Lisbon", type="place", messages=["m2"]), Entity(name="Porto", type="place", messages=[])]
    checked = _checked(
        entities=entities,
        relations=[
            Relation(subject=BEN, predicate="goes to", object="LISBON", messages=["m2"]),
            Relation(subject=BEN, predicate="goes to", object="Porto", messages=["m2"]),
            Relation(subject=STRANGER, predicate="goes to", object="Lisbon", messages=["m2"]),
        ],
    )
    assert [(r.subject, r.object) for r in checked.form.relations] == [(BEN, "Lisbon")]


def test_a_participant_is_no_entity() -> None:
    assert _checked(entities=[Entity(name=ANA, type="other", messages=["m2"])]).form.entities == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Shall we take the NIGHT train to Lisbon?", True),
        ("shall  we take\nthe night TRAIN", True),
        ("Shall we take the day train", False),
        ("", False),
    ],
)
def test_a_quote_stands_in_the_message_it_cites(text: str, kept: bool) -> None:
    checked = _checked(quotes=[Quote(text=text, person=ANA, messages=["m2"])])
    assert bool(checked.form.quotes) is kept
    assert checked.unknown == (0 if kept else 1)


def test_a_quote_of_another_message_is_dropped() -> None:
    assert _checked(quotes=[Quote(text="Who brings the tent?", person=CLARA, messages=["m2"])]).form.quotes == []


def test_a_quote_belongs_to_whoever_wrote_the_message() -> None:
    checked = _checked(quotes=[Quote(text="Who brings the tent?", person=ANA, messages=["m3", "m5"])])
    assert checked.form.quotes == [Quote(text="Who brings the tent?", person=CLARA, messages=["m5"])]
    assert checked.unknown == 1


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (LINK, True),
        ("https://trains.example/night?id=8", False),
        ("https://trains.example/night", False),  # the beginning of an address is another address
        ("trains.example/night?id=7", False),
        ("javascript:alert(1)", False),
        ("the NIGHT train", False),
        ("", False),
    ],
)
def test_a_link_was_shared_in_the_window(url: str, kept: bool) -> None:
    assert bool(_checked(links=[Link(url=url, messages=["m2"])]).form.links) is kept


def test_an_address_in_brackets_or_at_the_end_of_a_sentence_counts_as_shared() -> None:
    chat = message(1, ANA, "See (https://a.example/x). Or https://a.example/y_(z)!")
    checked = _sets(chat).check_enrichment(
        _enrichment(
            links=[Link(url=url, messages=["m1"]) for url in ("https://a.example/x", "https://a.example/y_(z)")]
        )
    )
    assert len(checked.form.links) == 2


def test_the_writer_may_link_to_what_the_context_shared() -> None:
    before = message(0, ANA, "https://before.example/a")
    writing = Writing(posts=[DraftPost(title="T", standfirst="S", body="https://before.example/a", messages=["m2"])])
    assert _sets(*CHAT, context=(before,)).check_writing(writing, max_posts=2).form == writing


def test_posts_above_the_number_asked_for_are_dropped_and_counted() -> None:
    posts = [DraftPost(title=str(n), standfirst="", body="", messages=["m2"]) for n in range(3)]
    checked = _sets().check_writing(Writing(posts=posts), max_posts=2)
    assert [post.title for post in checked.form.posts] == ["0", "1"]
    assert checked.unknown == 1


def test_an_answer_is_poor_when_more_than_a_third_of_it_is_unknown() -> None:
    def topic(*names: str) -> Checked[Enrichment]:
        return _checked(topics=[Topic(name="T", summary="S", messages=list(names))])

    assert not topic("m2", "m3", "m99").poor
    assert topic("m2", "m98", "m99").poor
    assert not _checked().poor


_NAMES = st.sampled_from(["m1", "m2", "m3", "m4", "m5", "m6", "m99", " M2", "", "2", "mm2", "m02"])
_HANDLES = st.sampled_from([ANA, BEN, STRANGER, ANA[1:], ANA.upper(), "@", "", "Ana", "@00000000aaf"])
_SCRAPS = st.sampled_from(
    [
        ANA,
        STRANGER,
        LINK,
        "https://evil.example/a)",
        "www.evil.example",
        "[x](",
        "](",
        ")",
        "![",
        "@",
        "…",
        "tent",
        " ",
        "javascript:x",
        "https://",
        "<",
        ">",
        "\n",
        "[[a](b)](c)",
        "[a[b]c](https://evil.example)",
        "deadbeef00",
        "Lisbon",
    ]
)
_PROSE = st.lists(_SCRAPS, max_size=6).map("".join)
_REFERENCES = st.lists(_NAMES, max_size=4)


def _build(form: Any, **fields: Any) -> st.SearchStrategy[Any]:
    return st.lists(st.builds(form, messages=_REFERENCES, **fields), max_size=2)


_ENRICHMENTS = st.builds(
    Enrichment,
    language=st.just("en"),
    summary=_PROSE,
    topics=_build(Topic, name=_PROSE, summary=_PROSE),
    parts=_build(Part, person=_HANDLES, summary=_PROSE),
    entities=_build(Entity, name=_PROSE, type=st.just("place")),
    relations=_build(Relation, subject=_PROSE, predicate=_PROSE, object=_PROSE),
    decisions=_build(Decision, text=_PROSE, people=st.lists(_HANDLES, max_size=3)),
    questions=_build(Question, text=_PROSE, person=st.none() | _HANDLES),
    actions=_build(ActionItem, text=_PROSE, person=st.none() | _HANDLES, due=st.none() | _PROSE),
    quotes=_build(Quote, text=_PROSE, person=_HANDLES),
    links=_build(Link, url=_PROSE, title=_PROSE),
)
_WRITINGS = st.builds(
    Writing,
    posts=_build(
        DraftPost,
        title=_PROSE,
        standfirst=_PROSE,
        body=_PROSE,
        tags=st.lists(_PROSE, max_size=2),
        people=st.lists(_HANDLES, max_size=3),
    ),
    observations=_build(Observation, person=_HANDLES, text=_PROSE),
)


def _assert_closed(form: Enrichment | Writing) -> None:
    """Whatever is named anywhere in `form` is in the conversation."""
    known = {"m2", "m3", "m5"}
    for field in type(form).model_fields:
        items = getattr(form, field)
        for item in items if isinstance(items, list) else []:
            assert item.messages
            assert set(item.messages) <= known
            assert {*getattr(item, "people", ()), getattr(item, "person", None)} <= {ANA, BEN, CLARA, None}
    text = form.model_dump_json(exclude={"quotes"})
    assert set(re.findall(r"@[0-9a-f]{10}(?![0-9a-f])", text)) <= {ANA, BEN, CLARA}
    assert "evil.example" not in text
    assert not re.search(r"\]\((?!https://trains\.example/night\?id=7)[^()\"]*\)", text)


@settings(max_examples=150)
@given(_ENRICHMENTS)
def test_a_checked_enrichment_cites_only_what_exists_and_checking_again_changes_nothing(enrichment: Enrichment) -> None:
    checked = _sets().check_enrichment(enrichment)
    _assert_closed(checked.form)
    names = {entity.name for entity in checked.form.entities} | {ANA, BEN, CLARA}
    assert all({relation.subject, relation.object} <= names for relation in checked.form.relations)
    assert all(link.url == LINK for link in checked.form.links)
    again = _sets().check_enrichment(checked.form)
    assert again.form == checked.form
    assert again.unknown == 0
    assert checked.unknown <= checked.total
    assert len(checked.problems) == checked.unknown


@settings(max_examples=150)
@given(_WRITINGS, st.integers(0, 3))
def test_a_checked_writing_cites_only_what_exists_and_checking_again_changes_nothing(
    writing: Writing, posts: int
) -> None:
    checked = _sets().check_writing(writing, max_posts=posts)
    _assert_closed(checked.form)
    assert len(checked.form.posts) <= posts
    again = _sets().check_writing(checked.form, max_posts=posts)
    assert again.form == checked.form
    assert again.unknown == 0
