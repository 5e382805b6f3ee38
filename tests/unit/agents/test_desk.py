"""Asking with one repair, the walk through kept answers, and the guards against overflow."""

from __future__ import annotations

import pytest

from agent_chat import CHAT, desk, reading
from egregora.agents.enricher import Enricher
from egregora.agents.guards import GuardedModel, request_bytes
from egregora.agents.reading import Reading
from egregora.errors import BadAnswer, Block, RateLimited, Split
from egregora.forms import Enrichment, Topic
from egregora.ids import Signature
from egregora.models import Model, Request
from egregora.models.spoilt import SpoiltAnswer
from egregora.testing import MemoryBlobs, ScriptedModel

GOOD = Enrichment(language="en", summary="Good.", topics=[Topic(name="T", summary="S", messages=["m2", "m3"])])
POOR = Enrichment(language="en", summary="Poor.", topics=[Topic(name="T", summary="S", messages=["m2", "m98", "m99"])])
POORER = Enrichment(language="en", summary="Poorer.", topics=[Topic(name="T", summary="S", messages=["m98", "m99"])])
MISFIT = '{"language": "en", "topics": 7}'


def _enricher(model: Model, blobs: MemoryBlobs | None = None) -> Enricher:
    return Enricher(desk(model, blobs))


def test_a_good_answer_needs_no_repair() -> None:
    model = ScriptedModel(enricher=[GOOD])
    enriched = _enricher(model).enrich(reading())
    assert (enriched.enrichment, enriched.dropped, model.calls["enricher"]) == (GOOD, 0, 1)


def test_a_little_unknown_is_dropped_without_a_repair() -> None:
    topics = [Topic(name="T", summary="S", messages=["m2", "m3", "m99"])]
    model = ScriptedModel(enricher=[Enrichment(language="en", summary="", topics=topics)])
    enriched = _enricher(model).enrich(reading())
    assert (enriched.enrichment.topics[0].messages, enriched.dropped) == (["m2", "m3"], 1)
    assert model.calls["enricher"] == 1


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        (POOR, POOR.model_dump_json()),
        (MISFIT, MISFIT),
        ("no JSON", "no JSON"),
        ("", ""),
        (BadAnswer(), ""),
    ],
)
def test_what_is_essentially_wrong_is_repaired_once(first: Enrichment | str | Exception, shown: str) -> None:
    model = ScriptedModel(enricher=[first, GOOD])
    enriched = _enricher(model).enrich(reading())
    assert (enriched.enrichment, enriched.dropped) == (GOOD, 0)
    assert enriched.usage.calls == model.calls["enricher"] == 2
    plain, repair = model.requests
    assert (plain.repair, plain.content) == (None, repair.content)
    assert repair.repair is not None
    assert repair.repair[0] == shown


def test_a_repair_says_what_was_wrong() -> None:
    model = ScriptedModel(enricher=[POOR, MISFIT])
    _enricher(model).enrich(reading())
    assert model.requests[1].repair is not None
    assert 'there is no message "m98"' in model.requests[1].repair[1]


def test_a_misfit_is_described_by_field_and_without_its_content() -> None:
    model = ScriptedModel(enricher=[MISFIT, GOOD])
    _enricher(model).enrich(reading())
    assert model.requests[1].repair is not None
    complaint = model.requests[1].repair[1]
    assert "- summary: Field required" in complaint
    assert "- topics: Input should be a valid array" in complaint


def test_after_the_repair_leftovers_are_dropped_and_counted() -> None:
    model = ScriptedModel(enricher=[POORER, POOR])
    enriched = _enricher(model).enrich(reading())
    assert (enriched.enrichment.summary, enriched.enrichment.topics[0].messages) == ("Poor.", ["m2"])
    assert (enriched.dropped, model.calls["enricher"]) == (2, 2)


@pytest.mark.parametrize("second", [POORER, MISFIT, Block(), Split(), BadAnswer()])
def test_a_repair_that_makes_it_no_better_leaves_the_first_answer(second: Enrichment | str | Exception) -> None:
    model = ScriptedModel(enricher=[POOR, second])
    enriched = _enricher(model).enrich(reading())
    assert (enriched.enrichment.summary, enriched.dropped) == ("Poor.", 2)


def test_an_answer_that_ran_away_is_not_shown_again() -> None:
    model = ScriptedModel(enricher=["x" * 100_000, GOOD])
    _enricher(model).enrich(reading())
    assert model.requests[1].repair is not None
    assert model.requests[1].repair[0] == ""


def test_two_misfits_are_a_bad_answer_that_says_what_was_spent() -> None:
    model = ScriptedModel(enricher=[MISFIT])
    with pytest.raises(SpoiltAnswer) as spoilt:
        _enricher(model).enrich(reading())
    assert spoilt.value.answer.usage.calls == 2
    assert "topics" not in str(spoilt.value)


def test_each_attempt_sends_at_most_one_repair_more_and_pays_for_no_answer_twice() -> None:
    blobs, model = MemoryBlobs(), ScriptedModel(enricher=[MISFIT])
    for calls in (2, 3, 4):
        with pytest.raises(BadAnswer):
            _enricher(model, blobs).enrich(reading())
        assert model.calls["enricher"] == calls
    assert len(set(model.requests)) == 4  # though every answer was the same


def test_kept_bad_answers_stand_in_no_later_attempts_way() -> None:
    blobs = MemoryBlobs()
    with pytest.raises(BadAnswer):
        _enricher(ScriptedModel(enricher=[MISFIT]), blobs).enrich(reading())
    recovered = ScriptedModel(enricher=[GOOD])
    enriched = _enricher(recovered, blobs).enrich(reading())
    assert (enriched.enrichment, recovered.calls["enricher"]) == (GOOD, 1)
    assert enriched.usage.reused == 2


def test_work_taken_up_again_ends_as_if_undisturbed() -> None:
    asked = Reading(CHAT, asker=Signature("a" * 64))
    undisturbed = _enricher(ScriptedModel(enricher=[POOR, GOOD])).enrich(asked)
    blobs = MemoryBlobs()
    with pytest.raises(RateLimited):
        _enricher(ScriptedModel(enricher=[POOR, RateLimited()]), blobs).enrich(asked)
    resumed = _enricher(ScriptedModel(enricher=[GOOD]), blobs).enrich(asked)
    assert (resumed.enrichment, resumed.usage, resumed.dropped) == (
        undisturbed.enrichment,
        undisturbed.usage,
        undisturbed.dropped,
    )


def test_a_request_estimated_above_the_limit_is_not_sent() -> None:
    model = ScriptedModel(max_input_tokens=300, bytes_per_token=1000)
    with pytest.raises(Split):
        _enricher(model).enrich(reading(bytes_per_token=4))
    assert model.calls["enricher"] == 0


class _Counting(ScriptedModel):
    counted = 0

    def count_tokens(self, request: Request) -> int:
        self.counted += 1
        return super().count_tokens(request)


@pytest.mark.parametrize(("count_above", "counted"), [(0, 2), (1_000_000, 1)])
def test_only_large_requests_are_counted_by_the_model(count_above: int, counted: int) -> None:
    model = _Counting()
    Enricher(desk(model, count_above=count_above)).enrich(reading())
    assert model.counted == counted  # the scripted model counts once itself, when it answers


def test_a_request_counted_above_the_limit_is_not_sent() -> None:
    model = ScriptedModel(max_input_tokens=3000, bytes_per_token=1)
    with pytest.raises(Split):
        Enricher(desk(model, count_above=100)).enrich(reading(bytes_per_token=40))
    assert model.calls["enricher"] == 0


def test_what_the_guards_let_through_the_model_may_still_refuse() -> None:
    model = ScriptedModel(max_input_tokens=3000, bytes_per_token=1)
    with pytest.raises(Split):
        Enricher(desk(model, count_above=10_000)).enrich(reading(bytes_per_token=40))
    assert model.calls["enricher"] == 1


def test_a_kept_answer_needs_no_guard() -> None:
    blobs = MemoryBlobs()
    Enricher(desk(ScriptedModel(enricher=[GOOD]), blobs)).enrich(reading())
    small = _Counting(max_input_tokens=1)
    assert Enricher(desk(small, blobs, count_above=0)).enrich(reading()).enrichment == GOOD
    assert small.counted == 0


def test_bytes_sent_over_tokens_used_tell_the_bytes_of_a_token() -> None:
    model = ScriptedModel(enricher=[MISFIT, GOOD])
    enriched = _enricher(model).enrich(reading())
    assert enriched.usage.sent_bytes == sum(request_bytes(request) for request in model.requests)


def test_a_guarded_model_is_the_model_by_name() -> None:
    model = ScriptedModel(name="m", max_input_tokens=7)
    guarded = GuardedModel(model, bytes_per_token=4, count_above=0)
    assert (guarded.name, guarded.max_input_tokens) == ("m", 7)
