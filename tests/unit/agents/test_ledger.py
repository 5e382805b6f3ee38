from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent_chat import ANA, message
from egregora.agents.ledger import Ledger, request_digest
from egregora.errors import BadAnswer, Block, RateLimited, Split
from egregora.forms import Enrichment, Writing
from egregora.ids import Signature, SliceDigest
from egregora.journal import Usage
from egregora.models import Answer, Material, Request
from egregora.models.spoilt import SpoiltAnswer
from egregora.testing import MemoryBlobs, ScriptedModel

REQUEST = Request("writer", "Write.", "A chat.", Writing, Material((message(1, ANA, "Hello"),)))
MINE = Signature("a" * 64)
THEIRS = Signature("b" * 64)
SLICE = SliceDigest("c" * 64)


def _key(model: ScriptedModel, request: Request = REQUEST) -> str:
    return f"responses/{request_digest(model.name, request)}.json"


def test_a_request_is_sent_once() -> None:
    ledger, model = Ledger(MemoryBlobs()), ScriptedModel(writer=["one", "two"])
    first, was_there = ledger.ask(model, REQUEST)
    assert (first.text, was_there, first.usage.calls) == ("one", False, 1)
    second, was_there = ledger.ask(model, REQUEST)
    assert (second.text, was_there, second.usage) == ("one", True, Usage(reused=1))
    assert model.calls["writer"] == 1


def test_an_answer_outlives_the_ledger_that_kept_it() -> None:
    blobs, model = MemoryBlobs(), ScriptedModel(writer=["one", "two"])
    Ledger(blobs).ask(model, REQUEST)
    assert Ledger(blobs).ask(model, REQUEST)[0].text == "one"


def test_to_whoever_paid_a_kept_answer_counts_as_what_it_cost() -> None:
    ledger, model = Ledger(MemoryBlobs()), ScriptedModel()
    paid, _ = ledger.ask(model, REQUEST, asker=MINE)
    assert ledger.ask(model, REQUEST, asker=MINE)[0].usage == paid.usage
    assert ledger.ask(model, REQUEST, asker=THEIRS)[0].usage == Usage(reused=1)


def test_the_ledger_knows_which_slice_an_answer_is_about() -> None:
    ledger, model = Ledger(MemoryBlobs()), ScriptedModel()
    ledger.ask(model, REQUEST, about=SLICE)
    assert ledger.slice_of(_key(model)) == SLICE
    assert ledger.slice_of("responses/none.json") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, agent="enricher"),
        lambda r: replace(r, instructions="Write!"),
        lambda r: replace(r, content="Another chat."),
        lambda r: replace(r, schema=Enrichment),
        lambda r: replace(r, temperature=0.5),
        lambda r: replace(r, repair=("", "")),
        lambda r: replace(r, repair=("last", "wrong")),
        lambda r: replace(r, instructions="Write.A", content=" chat."),
    ],
)
def test_a_request_that_a_model_could_tell_apart_is_another_request(change: Callable[[Request], Request]) -> None:
    assert request_digest("m", change(REQUEST)) != request_digest("m", REQUEST)


def test_another_model_is_another_request() -> None:
    assert request_digest("m", REQUEST) != request_digest("n", REQUEST)


def test_what_a_model_does_not_read_leaves_the_request_the_same() -> None:
    other = replace(REQUEST, material=Material(()))
    assert request_digest("m", other) == request_digest("m", REQUEST)


def test_whoever_stored_an_answer_first_is_right() -> None:
    blobs = MemoryBlobs()
    other = ScriptedModel(writer=["theirs"])

    def meanwhile(request: Request) -> str:
        Ledger(blobs).ask(other, request)
        return "mine"

    model = ScriptedModel(writer=meanwhile)
    answer, was_there = Ledger(blobs).ask(model, REQUEST)
    assert answer.text == "theirs"
    assert (was_there, answer.usage.calls) == (False, 1)  # we paid as well


def test_a_spoilt_answer_is_kept_with_what_it_cost() -> None:
    blobs, usage = MemoryBlobs(), Usage(100, 50, 0.01, calls=1)
    ledger = Ledger(blobs)
    model = ScriptedModel(writer=[SpoiltAnswer("no JSON", Answer("well,", usage)), "fine"])
    assert ledger.ask(model, REQUEST) == (Answer("well,", usage), False)
    assert ledger.ask(model, REQUEST) == (Answer("well,", Usage(reused=1)), True)


def test_a_bad_answer_without_its_text_is_kept_as_an_empty_one() -> None:
    ledger, model = Ledger(MemoryBlobs()), ScriptedModel(writer=[BadAnswer(), "fine"])
    assert ledger.ask(model, REQUEST)[0] == Answer("", Usage(calls=1))
    assert ledger.ask(model, REQUEST)[1]


@pytest.mark.parametrize("error", [RateLimited(after=3), Split(), Block()])
def test_other_errors_pass_through_and_keep_nothing(error: Exception) -> None:
    blobs = MemoryBlobs()
    with pytest.raises(type(error)):
        Ledger(blobs).ask(ScriptedModel(writer=[error]), REQUEST)
    assert list(blobs.list()) == []


def test_a_damaged_record_is_asked_for_anew() -> None:
    blobs, model = MemoryBlobs(), ScriptedModel(writer=["one"])
    blobs.write(_key(model), b'{"text": ')
    assert Ledger(blobs).ask(model, REQUEST)[0].text == "one"
