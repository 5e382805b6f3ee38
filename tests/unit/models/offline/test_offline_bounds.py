"""What holds for any window: forms, closed sets, harmless Markdown, the same answer every time."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import offline_chats as conversations
from egregora.errors import Split
from egregora.forms import DraftPost, Enrichment, Writing
from egregora.message import KINDS, Message
from egregora.models import Material, Request
from egregora.models.offline import OfflineModel
from offline_answers import MODEL, enrich, write
from offline_chats import chat, handle

HANDLE = re.compile(r"@[0-9a-f]{10}")
markdown = pytest.importorskip("markdown")  # what MkDocs renders with; it comes without types

people = st.sampled_from([handle(letter) for letter in "ABCD"])
SNIPPETS = r"""
shall we meet at the old harbour tomorrow?
yes
haha
kkkkk
😂
ok let's go with the blue tent
I'll bring the tent
<b>bold</b> **move**
# heading
- item
1. first
> quoted
```code
![x](https://evil.example/x.png)
[a](javascript:alert(1))
<script>alert(1)</script>
see https://example.org/a_b(c)?q=<x>&r=[y] for the tent
www.example.com/page
@00000000aa hello
明日の会議は何時からですか？
10時からです。
متى نلتقي غدا؟
कल मीटिंग कितने बजे है?
zażółć gęślą jaźń
é́́́
https://
http://[bad
{who} {quote}
%s {0}
|a|b|
|-|-|
    indented
= ~~~ ^x^ $y$
the harbour is a fine old harbour, everyone says so
""".strip("\n").splitlines()
snippets = st.sampled_from([*SNIPPETS, "\u202eabc", "a\u2028b"])
texts = st.one_of(
    st.text(max_size=60),
    snippets,
    st.lists(snippets, min_size=1, max_size=4).map(" ".join),
    st.lists(snippets, max_size=6).map("\n".join),
)
times = st.one_of(
    st.none(),
    st.datetimes().map(lambda t: t.isoformat(timespec="seconds")),
    st.datetimes().map(lambda t: t.isoformat(timespec="seconds") + "Z"),
)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Message, ...]:
    """Any list of messages, as the archive could hold it."""
    rows = draw(st.lists(st.tuples(times, people, st.sampled_from(KINDS), texts, st.booleans()), max_size=25))
    return tuple(
        Message(
            id=f"x{n}",
            time=time,
            author=None if kind == "system" and flag else who,
            kind=kind,
            text=text,
            reply_to=f"x{n - 1}" if flag and n else None,
        )
        for n, (time, who, kind, text, flag) in enumerate(rows)
    )


any_window = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _references(form: Enrichment | Writing) -> list[str]:
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            found.extend(value.get("messages", []))
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(form.model_dump())
    return found


@any_window
@given(windows(), st.integers(0, 5))
def test_any_window_is_answered_in_form_and_within_the_closed_sets(messages: tuple[Message, ...], most: int) -> None:
    enrichment = enrich(messages)
    writing = write(messages, max_posts=most, enrichment=enrichment)
    names = {f"m{n}" for n in range(1, len(messages) + 1)}
    authors = {message.author for message in messages if message.author}
    spoken_of = authors | set(HANDLE.findall("\n".join(message.text for message in messages)))
    assert set(_references(enrichment)) | set(_references(writing)) <= names
    assert {quote.person for quote in enrichment.quotes} | {part.person for part in enrichment.parts} <= authors
    assert {person for decision in enrichment.decisions for person in decision.people} <= authors
    assert {note.person for note in writing.observations} <= authors
    assert len(writing.posts) <= most
    for post in writing.posts:
        assert set(post.people) <= spoken_of
        assert set(HANDLE.findall(post.body + post.standfirst)) <= set(post.people)
        assert post.title.strip()
        assert post.messages


@any_window
@given(windows())
def test_a_quote_is_a_stretch_of_the_message_it_is_from(messages: tuple[Message, ...]) -> None:
    for quote in enrich(messages).quotes:
        message = messages[int(quote.messages[0][1:]) - 1]
        assert quote.text in message.text
        assert quote.person == message.author


@any_window
@given(windows())
def test_chat_never_becomes_markup(messages: tuple[Message, ...]) -> None:
    for post in write(messages).posts:
        for rendered in (MarkdownIt("default", {"html": True}).render(post.body), markdown.markdown(post.body)):
            tags = set(re.findall(r"<(/?[a-zA-Z!][a-zA-Z0-9]*)", rendered))
            assert tags <= {x for t in ("p", "h2", "ul", "li", "em", "blockquote", "a") for x in (t, f"/{t}")}
            for address in re.findall(r'href="([^"]*)"', rendered):
                assert address.startswith(("http://", "https://"))
        headings = [line for line in post.body.splitlines() if line.startswith("#")]
        assert all(line.startswith("## ") for line in headings)


def test_markup_in_messages_is_shown_as_it_was_typed() -> None:
    messages = chat("""
        10:00 A: the <b>garden</b> gate & the *old* garden _wall_ need [paint!](javascript:x) badly
        10:05 B: # the garden wall needs more than paint, it needs a mason
    """)
    (post,) = write(messages).posts
    for rendered in (MarkdownIt("default", {"html": True}).render(post.body), markdown.markdown(post.body)):
        text = html.unescape(re.sub(r"<[^>]+>", "", rendered))
        assert messages[0].text in text
        assert messages[1].text in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "(",
        ".",
        "?",
        "1,",
        "haha",
        "<",
        "[a ",
        "\n",
        " ",
        "@",
        "http://",
        "www.",
        "we ",
        "I'll ",
        "é́",
        "明",
        "a-",
        "'",
    ],
)
def test_a_message_of_64_kilobytes_of_one_thing_is_answered_like_any_other(unit: str) -> None:
    text = unit * (65_536 // len(unit)) + " x"
    messages = (Message(id="1", time="2024-01-01T10:00:00", author=handle("A"), text=text),)
    assert enrich(messages).parts[0].person == handle("A")
    assert all(post.messages == ["m1"] for post in write(messages).posts)


def test_a_window_with_nothing_to_say_yields_no_post() -> None:
    assert write(()).posts == []
    for script in (
        "10:00 A: good morning everyone\n10:01 B: morning!!\n10:02 C: hi all ☀️",
        "10:00 A: <media>\n10:01 B: <media>\n10:01 C: <notice>\n10:02 B: <deleted>\n10:03 C: <call>",
        "10:00 A: 😂😂😂\n10:01 B: ❤️",
        "10:00 A: haha\n10:01 B: kkkkkk\n10:02 C: lol",
        "10:00 A: feliz aniversário!\n10:01 B: parabéns!!\n10:02 C: muito obrigado gente",
    ):
        assert write(chat(script)).posts == [], script


def test_a_single_remark_is_enough_for_a_small_post() -> None:
    (post,) = write(chat("10:00 A: the heating engineer comes on Thursday between eight and noon")).posts
    assert "the heating engineer comes on Thursday between eight and noon" in post.body + post.standfirst
    assert handle("A") in post.people


def test_no_post_is_written_where_none_is_allowed() -> None:
    assert write(chat(conversations.ENGLISH), max_posts=0).posts == []


@pytest.mark.parametrize(
    ("script", "language"),
    [
        ("10:00 A: 明日の会議は何時からですか？\n10:01 B: 会議は10時からです。資料を忘れないでください。", "ja"),
        ("10:00 A: متى نلتقي غدا في المقهى الجديد؟\n10:01 B: نلتقي في المقهى الساعة الخامسة مساء إن شاء الله", "ar"),
        ("10:00 A: कल की मीटिंग कितने बजे है?\n10:01 B: मीटिंग शाम को पाँच बजे है, नए दफ़्तर में", "hi"),
        ("10:00 A: ragazzi, ci vediamo domani sera al ristorante?\n10:01 B: il ristorante domani è chiuso", "it"),
    ],
)  # fmt: skip
def test_other_languages_are_told_apart_and_written_about_in_english(script: str, language: str) -> None:
    messages = chat(script)
    assert enrich(messages).language == language
    (post,) = write(messages).posts
    assert "without a language model" in post.body


def test_undated_messages_are_written_about_without_dates() -> None:
    messages = tuple(Message(id=m.id, author=m.author, kind=m.kind, text=m.text) for m in chat(conversations.ENGLISH))
    (post,) = write(messages, max_posts=1).posts
    assert "2024" not in post.standfirst
    assert "March" not in post.body


def test_a_request_above_the_limit_overflows() -> None:
    request = Request("enricher", "a" * 400, "b" * 401, Enrichment, Material(messages=()))
    assert OfflineModel(max_input_tokens=200).count_tokens(request) == 200
    OfflineModel(max_input_tokens=200).answer(request)
    with pytest.raises(Split):
        OfflineModel(max_input_tokens=199).answer(request)


def test_usage_counts_bytes_over_four_and_costs_nothing() -> None:
    request = Request("writer", "é" * 10, "x" * 20, Writing, Material(messages=chat(conversations.ENGLISH)))
    answer = MODEL.answer(request)
    assert answer.usage.input_tokens == 10
    assert answer.usage.output_tokens == len(answer.text.encode()) // 4
    assert (answer.usage.cost, answer.usage.calls, answer.usage.reused) == (0.0, 1, 0)


def test_the_writer_needs_no_enrichment_and_survives_a_foreign_one() -> None:
    messages = chat(conversations.ENGLISH)
    request = Request("writer", "", "", Writing, Material(messages=messages))
    assert Writing.model_validate_json(MODEL.answer(request).text) == write(messages)
    foreign = Enrichment.model_validate(
        {
            "language": "en",
            "summary": "",
            "topics": [{"name": "Kneecaps *and* <lifts>", "summary": "", "messages": ["m13", "m14", "m99", "x", "m0"]}],
            "decisions": [{"text": "go", "people": [], "messages": []}],
        }
    )
    (post,) = write(messages, max_posts=1, enrichment=foreign).posts
    assert set(post.messages) <= {f"m{n}" for n in range(1, len(messages) + 1)}


def test_several_posts_share_the_topics_out() -> None:
    messages = sum(map(chat, (conversations.ENGLISH, conversations.SPANISH, conversations.FRENCH)), ())
    one, two = write(messages, max_posts=2).posts
    assert one.title != two.title
    assert not set(one.messages) & set(two.messages)


def test_neighbouring_posts_are_phrased_differently() -> None:
    scripts = [
        conversations.ENGLISH.replace("Lisbon", city)
        for city in ("Porto", "Faro", "Braga", "Lagos", "Sintra", "Tavira")
    ]
    leads = {
        line.split(handle("A"))[-1].split("“")[0]
        for script in scripts
        for line in write(chat(script), max_posts=1).posts[0].body.splitlines()
        if "Shall we look at flights" in line
    }
    assert len(leads) > 1


@pytest.mark.slow
def test_answers_are_the_same_whatever_the_hash_seed() -> None:
    program = (
        "import offline_chats as c;"
        "from offline_answers import enrich, write;"
        "scripts = (c.ENGLISH, c.PORTUGUESE, c.SPANISH, c.GERMAN, c.FRENCH);"
        "chats = [c.chat(s) for s in scripts] + [sum(map(c.chat, scripts), ())];"
        "print([(enrich(m).model_dump_json(), write(m, max_posts=3).model_dump_json()) for m in chats])"
    )

    tests = str(Path(__file__).parents[3])

    def run(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": tests, "PYTHONUTF8": "1"}
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert run("1") == run("2")


def test_the_port_does_not_import_the_model() -> None:
    program = "import sys, egregora.models; print(any('offline' in name for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_post_is_a_draft_with_tags_and_a_short_list_of_people() -> None:
    (post,) = write(chat(conversations.ENGLISH), max_posts=1).posts
    assert isinstance(post, DraftPost)
    assert 1 <= len(post.tags) <= 6
    assert set(post.people) <= {handle(letter) for letter in "ABCD"}
