"""A crash before and after every call of a port, from the first read of an upload to the last write of the site."""

import pytest

from egregora.ingest import Export
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.leaves import find_leaves
from egregora.pipeline.publishing import publish_site
from egregora.pipeline.reprocessing import reprocess
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, SiteSettings, WindowSettings
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of

SETTINGS = Settings(windows=WindowSettings(tokens=1_500), site=SiteSettings(search=False, markdown=False))
UPLOADS = [export_of(conversation(24)), export_of(conversation(40))]
LIMIT = 2100
"""Tokens that make the model split the largest window."""


class CrashError(BaseException):
    """The process is gone."""


def run(world: MemoryWorld, deployment: Deployment, export: Export) -> None:
    slice_export(deployment, export)
    world.work_off(deployment)
    publish_site(deployment)


def recover(world: MemoryWorld, model: ScriptedModel) -> None:
    """What happens after a crash: leases end, the upload is delivered again, the sweep finds what was lost."""
    world.clock.advance(SETTINGS.run.lease + 1)
    deployment = world.deployment(model, settings=SETTINGS)
    for export in UPLOADS:
        slice_export(deployment, export)
    reprocess(deployment, budget=False)
    world.work_off(deployment)
    publish_site(deployment)


def check(world: MemoryWorld, model: ScriptedModel, answers: int) -> None:
    deployment = world.deployment(model, settings=SETTINGS)
    leaves = [
        leaf
        for stored in deployment.manifests.all()
        for leaf in find_leaves(deployment.journal, stored.manifest.windows, stored.manifest.recipe, model.name)
    ]
    texts = [m.text for leaf in leaves for m in deployment.slices.get(leaf.slice).messages]
    assert texts == [m.text for m in conversation(40)], "I1: every message in exactly one live leaf"
    assert model.calls.total() <= answers + 2, "I2: a crash costs at most the calls that were in flight"
    for stored in world.journal.select():
        assert stored.entry.state in {"DONE", "SPLIT"} or stored.entry.signature not in {x.signature for x in leaves}
        assert stored.entry.output is None or world.blobs.stat(stored.entry.output), "I3: every DONE pointer resolves"


def scenario(world: MemoryWorld, model: ScriptedModel, deployment: Deployment) -> None:
    for export in UPLOADS:
        run(world, deployment, export)


def undisturbed() -> tuple[dict[str, bytes], int, int]:
    """The site, the calls of ports and the model's answers of a run that nothing disturbs, with a split in it."""
    world, model, calls = MemoryWorld(), ScriptedModel(max_input_tokens=LIMIT), 0

    def count(_: str, moment: str) -> None:
        nonlocal calls
        calls += moment == "before"

    scenario(world, model, world.deployment(model, settings=SETTINGS, hook=count))
    assert {stored.entry.state for stored in world.journal.select()} == {"DONE", "SPLIT"}
    return world.site(), calls, model.calls.total()


SITE, CALLS, ANSWERS = undisturbed()
PARTS = 4


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_and_a_repeat_give_the_same_site(part: int, moment: str) -> None:
    for target in range(1 + part, CALLS + 1, PARTS):
        world, model, number = MemoryWorld(), ScriptedModel(max_input_tokens=LIMIT), 0

        def crash(_: str, now: str) -> None:
            nonlocal number
            number += now == "before"
            if number == target and now == moment:  # noqa: B023 - read while this round lasts
                number += 1
                raise CrashError

        try:
            scenario(world, model, world.deployment(model, settings=SETTINGS, hook=crash))
        except CrashError:
            recover(world, model)
        assert world.site() == SITE, f"I4: crash {moment} call {target}"
        check(world, model, ANSWERS)
