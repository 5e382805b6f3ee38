"""The model that follows a script."""

from __future__ import annotations

import pytest

from contract.contenders import at_once
from egregora.errors import RateLimited, Split
from egregora.forms import Enrichment, Writing
from egregora.message import Message
from egregora.models import Agent, Material, Model, Request
from egregora.testing import ScriptedModel


def request(content: str = "hello", *, agent: Agent = "enricher", repair: tuple[str, str] | None = None) -> Request:
    schema = Enrichment if agent == "enricher" else Writing
    return Request(agent, "do it", content, schema, Material((Message(id="1", text="hi"),)), repair=repair)


def test_replies_come_in_order_and_the_last_one_stays() -> None:
    model: Model = ScriptedModel(enricher=["one", RateLimited(after=3), Enrichment(language="pt", summary="s")])
    assert model.answer(request()).text == "one"
    with pytest.raises(RateLimited):
        model.answer(request())
    for _ in range(2):
        assert Enrichment.model_validate_json(model.answer(request()).text).language == "pt"


def test_each_agent_has_its_own_script_which_may_be_a_function() -> None:
    model = ScriptedModel(enricher=["e"], writer=lambda asked: asked.content.upper())
    assert model.answer(request("abc", agent="writer")).text == "ABC"
    assert model.answer(request()).text == "e"
    assert model.calls == {"enricher": 1, "writer": 1}
    assert [asked.agent for asked in model.requests] == ["writer", "enricher"]


def test_without_a_script_the_answers_fit_their_schemas() -> None:
    model = ScriptedModel()
    assert Enrichment.model_validate_json(model.answer(request()).text).language == "en"
    (post,) = Writing.model_validate_json(model.answer(request(agent="writer")).text).posts
    assert post.messages == ["m1"]


def test_tokens_are_counted_by_bytes_and_a_request_above_the_limit_overflows() -> None:
    model = ScriptedModel(max_input_tokens=5, bytes_per_token=2)
    fits, large = request("ééé"[:2] + "a"), request("ééé")
    assert (model.count_tokens(fits), model.count_tokens(large)) == (5, 6)
    assert model.answer(fits).usage.input_tokens == 5
    with pytest.raises(Split):
        model.answer(large)
    assert model.count_tokens(request("éé", repair=("ab", "cd"))) == 7
    assert model.calls["enricher"] == 2


def test_usage_is_that_of_one_call() -> None:
    usage = ScriptedModel(enricher=["12345678"]).answer(request("12345")).usage
    assert (usage.input_tokens, usage.output_tokens, usage.calls, usage.reused) == (3, 2, 1, 0)
    assert usage.cost > 0


def test_threads_share_a_script_and_each_reply_is_given_once() -> None:
    model = ScriptedModel(enricher=[str(number) for number in range(41)])
    answers = at_once(4, lambda _: [model.answer(request()).text for _ in range(10)])
    assert sorted(int(text) for texts in answers for text in texts) == list(range(40))
    assert model.calls["enricher"] == 40
