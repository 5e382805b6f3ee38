"""The next plan of a partition: what stays on show, and what was learned of tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from egregora.archive.identity import identify
from egregora.archive.manifest import Manifest
from egregora.archive.slices import Slice
from egregora.errors import Conflict
from egregora.ids import Handle, Partition, SourceId, signature
from egregora.journal import Usage
from egregora.journal.states import Claim, WindowFacts
from egregora.message import Message
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.planning import commit_plan, is_current, next_plan
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld

CLUB, MARCH = SourceId("club"), Partition("2024-03")
ADA, BO = Handle("@00000000aa"), Handle("@00000000bb")


def piece(*texts: str, author: Handle = ADA) -> Slice:
    messages = identify([Message(time="2024-03-01T10:00:00", author=author, text=text) for text in texts])
    return Slice(CLUB, MARCH, (), tuple(messages))


def planned(deployment: Deployment, old: Manifest | None, slices: list[Slice], *hidden: Handle) -> Manifest:
    known = [deployment.slices.get(window.slice) for window in old.windows] if old else []
    deployment.slices.put_all(slices)
    return next_plan(
        deployment,
        old,
        slices,
        {each.digest: each for each in known},
        source=CLUB,
        partition=MARCH,
        hidden=frozenset(hidden),
    )


def written(deployment: Deployment, plan: Manifest, *usages: Usage) -> None:
    """Finish the first windows of a plan, each with what it consumed."""
    for window, usage in zip(plan.windows, usages, strict=False):
        facts = WindowFacts(
            signature(window.slice, plan.recipe, plan.model), CLUB, MARCH, window.slice, plan.recipe, plan.model
        )
        claim = deployment.windows.claim(facts)
        assert isinstance(claim, Claim)
        deployment.windows.done(claim, output="documents/x", usage=usage)


def test_a_first_plan_is_under_the_present_recipe_and_model() -> None:
    deployment = MemoryWorld().deployment()
    plan = planned(deployment, None, [piece("a")])
    assert (plan.recipe, plan.model) == (deployment.recipe_digest, deployment.model_name)
    assert (plan.source, plan.partition, plan.bytes_per_token, plan.inputs) == (CLUB, MARCH, 4.0, ())
    assert is_current(deployment, plan)
    assert not is_current(deployment, plan.model_copy(update={"model": "other"}))
    assert not is_current(deployment, plan.model_copy(update={"recipe": "other"}))


def test_an_equal_plan_is_the_old_one_though_more_was_learned() -> None:
    deployment = MemoryWorld().deployment()
    plan = planned(deployment, None, [piece("a")])
    written(deployment, plan, Usage(input_tokens=100, sent_bytes=300))
    assert planned(deployment, plan, [piece("a")]) is plan


@pytest.mark.parametrize(
    ("usages", "learned"),
    [
        ([], 3.5),
        ([Usage()], 3.5),
        ([Usage(input_tokens=100, sent_bytes=250)], 2.5),
        ([Usage(input_tokens=100, sent_bytes=250), Usage(input_tokens=200, sent_bytes=350)], 2.0),
        ([Usage(input_tokens=3, sent_bytes=10)], 3.33),
        ([Usage(input_tokens=100, sent_bytes=900)], 6.0),
        ([Usage(input_tokens=100, sent_bytes=9)], 1.0),
    ],
)
def test_bytes_of_a_token_are_learned_from_what_is_written_within_bounds(usages: list[Usage], learned: float) -> None:
    deployment = MemoryWorld().deployment()
    old = planned(deployment, None, [piece("a"), piece("b")]).model_copy(update={"bytes_per_token": 3.5})
    written(deployment, old, *usages)
    assert planned(deployment, old, [piece("a"), piece("b", "c")]).bytes_per_token == learned


def test_nothing_is_learned_from_a_window_without_a_document() -> None:
    deployment = MemoryWorld().deployment()
    old = planned(deployment, None, [piece("a")])
    facts = WindowFacts(
        signature(old.windows[0].slice, old.recipe, old.model), CLUB, MARCH, old.windows[0].slice, old.recipe, old.model
    )
    claim = deployment.windows.claim(facts)
    assert isinstance(claim, Claim)
    deployment.windows.block(claim, "safety", Usage(input_tokens=100, sent_bytes=200))
    assert planned(deployment, old, [piece("a", "b")]).bytes_per_token == 4.0


def test_what_a_plan_was_made_of_is_remembered_by_the_next() -> None:
    deployment = MemoryWorld().deployment()
    old = planned(deployment, None, [piece("a")]).model_copy(update={"inputs": ("x", "y")})
    assert planned(deployment, old, [piece("a", "b")]).inputs == ("x", "y")


def test_only_what_is_on_show_stays_until_it_is_replaced() -> None:
    deployment = MemoryWorld().deployment()
    old = planned(deployment, None, [piece("a"), piece("b")])
    written(deployment, old, Usage())
    new = planned(deployment, old, [piece("a", "b")])
    assert [(entry.window.slice, entry.recipe) for entry in new.superseded] == [(piece("a").digest, old.recipe)]


@pytest.mark.parametrize(("slices", "kept"), [([piece("a"), piece("b", author=BO)], 0), ([piece(f"ask {BO}")], 1)])
def test_what_holds_or_mentions_somebody_hidden_does_not_stay(slices: list[Slice], kept: int) -> None:
    deployment = MemoryWorld().deployment()
    old = planned(deployment, None, slices)
    written(deployment, old, *[Usage()] * len(slices))
    other = replace(deployment, model_name="other", make_model=lambda: ScriptedModel(name="other"))
    every = planned(other, old, slices)
    assert len(every.superseded) == len(slices)
    staying = planned(other, old, slices, BO)
    assert [entry.window.slice for entry in staying.superseded] == [each.digest for each in slices[:1]][: 1 - kept]


def test_what_was_replaced_long_ago_and_holds_somebody_hidden_does_not_stay_either() -> None:
    deployment = MemoryWorld().deployment()
    slices = [piece("a"), piece("b", author=BO)]
    old = planned(deployment, None, slices)
    written(deployment, old, Usage(), Usage())
    second = planned(deployment, old, [piece("a", "c"), piece("b", "d", author=BO)])
    assert len(second.superseded) == 2
    third = planned(deployment, second, [piece("a", "c", "e"), piece("b", "d", "f", author=BO)], BO)
    assert [entry.window.slice for entry in third.superseded] == [slices[0].digest]


def test_a_plan_is_committed_with_its_recipe_and_over_what_was_read_alone() -> None:
    world = MemoryWorld()
    deployment = world.deployment()
    plan = planned(deployment, None, [piece("a")])
    commit_plan(deployment, plan, generation=0)
    assert world.blobs.stat(f"recipes/{plan.recipe}.json")
    with pytest.raises(Conflict):
        commit_plan(deployment, plan, generation=0)
    stored = deployment.manifests.get(CLUB, MARCH)
    assert stored
    commit_plan(deployment, plan, generation=stored.generation)
