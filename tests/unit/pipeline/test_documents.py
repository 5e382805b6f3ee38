"""What is kept of a window, put together from its messages and what the agents handed in."""

from __future__ import annotations

from dataclasses import replace

from egregora.archive.slices import Slice
from egregora.documents import Citation, WindowDocument
from egregora.forms import DraftPost, Enrichment, Observation, Topic, Writing
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId, sha256
from egregora.message import Message
from egregora.pipeline.documents import CITATION_LENGTH, document_key, make_document, read_window
from egregora.pipeline.payloads import WindowTask

ADA, BO, CY, DI = (f"@00000000{letter * 2}" for letter in "abcd")
MESSAGES = (
    Message(id="i1", time="2024-03-01T09:00:00", author=ADA, text=f"hello {CY}"),
    Message(id="i2", time="2024-03-01T09:30:00", kind="system", text="somebody joined"),
    Message(id="i3", time="2024-03-01T23:59:00", author=BO, text="at nine <edited>", edited=True),
    Message(id="i4", time="2024-03-02T00:00:00", author=ADA, text="x" * (CITATION_LENGTH + 1)),
    Message(id="i5", author=BO, text="y" * CITATION_LENGTH),
)
CONTEXT = (Message(id="i0", author=DI, text="before <edited>", edited=True),)
WINDOW = Slice(SourceId("club"), Partition("2024-03"), CONTEXT, MESSAGES)
TASK = WindowTask(
    source=WINDOW.source,
    partition=WINDOW.partition,
    root=SliceDigest("root"),
    slice=WINDOW.digest,
    recipe=RecipeDigest("r"),
    model="gemini-x",
)
ENRICHMENT = Enrichment(language="en", summary="They met.", topics=[Topic(name="t", summary="s", messages=["m3"])])


def post(**more: object) -> DraftPost:
    return DraftPost.model_validate(
        {"title": "Title", "standfirst": "In short.", "body": "Body.", "messages": ["m1"], **more}
    )


def made(writing: Writing, window: Slice = WINDOW, task: WindowTask = TASK) -> WindowDocument:
    return make_document(task, 2, window, read_window(window, task.signature, 4.0), ENRICHMENT, writing)


def test_a_document_lies_at_its_signature_and_attempt() -> None:
    assert document_key(Signature("s"), 2) == "documents/s/2.json"


def test_agents_see_a_window_without_marks_of_editing_and_may_speak_of_whom_it_mentions() -> None:
    reading = read_window(WINDOW, TASK.signature, 3.5)
    assert [m.text for m in (*reading.context, *reading.messages[:3])] == [
        "before",
        f"hello {CY}",
        "somebody joined",
        "at nine",
    ]
    assert reading.people == {CY}
    assert (reading.bytes_per_token, reading.asker, reading.slice) == (3.5, TASK.signature, WINDOW.digest)


def test_a_document_says_where_it_comes_from_and_counts_what_people_said() -> None:
    document = made(Writing())
    assert (document.signature, document.attempt) == (TASK.signature, 2)
    assert (document.source, document.partition, document.slice) == ("club", "2024-03", WINDOW.digest)
    assert (document.recipe, document.model, document.offline) == ("r", "gemini-x", False)
    assert (document.first, document.last, document.messages) == ("2024-03-01T09:00:00", "2024-03-02T00:00:00", 4)
    assert document.people == {ADA: 2, BO: 2}
    assert {hour: count for hour, count in enumerate(document.hours) if count} == {0: 1, 9: 2, 23: 1}
    assert len(document.hours) == 24
    assert document.days == {"2024-03-01": 2, "2024-03-02": 1}
    assert document.enrichment.topics[0].messages == ["i3"]
    assert made(Writing(), task=replace(TASK, model="offline-1")).offline


def test_a_window_without_times_has_no_bounds_hours_or_days() -> None:
    document = made(Writing(), Slice(WINDOW.source, WINDOW.partition, (), MESSAGES[4:]))
    assert (document.first, document.last, document.hours, document.days) == (None, None, (), {})


def test_a_post_cites_its_messages_as_they_were_said_and_long_ones_cut() -> None:
    [made_post] = made(Writing(posts=[post(messages=["m4", "m3", "m5"], tags=["a", "b"])])).posts
    assert (made_post.title, made_post.standfirst, made_post.body) == ("Title", "In short.", "Body.")
    assert made_post.tags == ("a", "b")
    assert made_post.citations == (
        Citation(id="i3", time="2024-03-01T23:59:00", author=BO, text="at nine"),
        Citation(id="i4", time="2024-03-02T00:00:00", author=ADA, text="x" * (CITATION_LENGTH - 1) + "…"),
        Citation(id="i5", time=None, author=BO, text="y" * CITATION_LENGTH),
    )
    assert made_post.date == "2024-03-01T23:59:00"


def test_a_citation_is_not_cut_within_spaces() -> None:
    text = "x" * (CITATION_LENGTH - 3) + " " * 9 + "y"
    window = Slice(WINDOW.source, WINDOW.partition, (), (replace_text(text),))
    assert made(Writing(posts=[post()]), window).posts[0].citations[0].text == "x" * (CITATION_LENGTH - 3) + "…"


def replace_text(text: str) -> Message:
    return Message(id="i1", time="2024-03-01T09:00:00", author=ADA, text=text)


def test_a_post_without_dated_messages_has_the_date_of_its_window() -> None:
    assert made(Writing(posts=[post(messages=["m5"])])).posts[0].date == "2024-03-01T09:00:00"


def test_a_post_names_everybody_it_rests_on_or_mentions_each_once() -> None:
    drafts = [
        post(messages=["m1"]),
        post(messages=["m3"], people=[DI, BO]),
        post(messages=["m3"], title=f"Of {ADA}", standfirst=f"Of {CY}", body=f"Of {DI}", tags=[ADA]),
    ]
    assert [p.people for p in made(Writing(posts=drafts)).posts] == [(ADA, CY), (BO, DI), (BO, ADA, CY, DI)]


def test_a_post_is_known_by_where_its_window_begins_and_its_number_alone() -> None:
    two = Writing(posts=[post(), post(title="Other")])
    first, second = made(two).posts
    grown = Slice(WINDOW.source, WINDOW.partition, (), (*MESSAGES, Message(id="i6", author=BO, text="more")))
    assert [p.id for p in made(two, grown, replace(TASK, model="other")).posts] == [first.id, second.id]
    assert len(first.id) == 10
    assert first.id == sha256("club", "2024-03", "i1", "", "0")[:10], "links to it outlive a version"
    others = [
        replace(WINDOW, source=SourceId("other")),
        replace(WINDOW, partition=Partition("2024-04")),
        replace(WINDOW, messages=MESSAGES[2:]),
        replace(WINDOW, messages=(Message(id="i1", author=ADA, text="a", segment=(1, 2, 2)),)),
    ]
    assert len({first.id, second.id, *(made(Writing(posts=[post()]), each).posts[0].id for each in others)}) == 6


def test_a_note_rests_on_messages_by_their_ids() -> None:
    observation = Observation(person=ADA, text="Likes trains.", messages=["m4", "m1"])
    [note] = made(Writing(observations=[observation])).notes
    assert (note.person, note.text, note.messages) == (ADA, "Likes trains.", ("i1", "i4"))
