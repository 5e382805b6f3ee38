from egregora.errors import Retry
from egregora.forms import Enrichment
from egregora.pipeline.runner import Runner, Tally
from egregora.pipeline.slicing import slice_export
from egregora.testing import ScriptedModel
from egregora.testing.deployment import MemoryWorld
from exports import conversation, export_of


def test_an_outage_is_told_while_it_lasts_and_no_longer() -> None:
    world, told = MemoryWorld(), list[Tally]()
    model = ScriptedModel(enricher=[Retry("no connection")] * 2 + [Enrichment(language="en", summary="They met.")])
    deployment = world.deployment(model)
    slice_export(deployment, export_of(conversation(10)))
    Runner(deployment, world.tasks, workers=1, progress=told.append).run()
    assert [tally.delayed for tally in told] == ["no connection", "no connection", ""]
    assert [tally.done for tally in told] == [0, 0, 1]
