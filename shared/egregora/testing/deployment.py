"""A whole deployment in memory, and a way to work it off on the spot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from egregora.agents.prompts import Prompts, load_prompts
from egregora.ingest import Export
from egregora.models import Model
from egregora.pipeline.deployment import Deployment, Outlet
from egregora.pipeline.runner import Runner, Tally
from egregora.pipeline.slicing import Sliced, slice_export
from egregora.settings import Settings, SiteSettings
from egregora.testing.blobs import MemoryBlobs
from egregora.testing.clock import ManualClock
from egregora.testing.hooks import Around, Hook, around_hook, wrapped
from egregora.testing.journal import MemoryJournal
from egregora.testing.models import ScriptedModel
from egregora.testing.sinks import MemorySink
from egregora.testing.tasks import MemoryTasks

if TYPE_CHECKING:
    from egregora.pipeline.publishing import Published

Port = TypeVar("Port")

QUIET = Settings(site=SiteSettings(search=False, markdown=False))
"""Without search and Markdown tree, which take most of a publish's time."""


@dataclass
class MemoryWorld:
    """What outlives a crash: the stores, the queue, the sink, the clock. `deployment` is opened on it again at will."""

    clock: ManualClock = field(default_factory=ManualClock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    sink: MemorySink = field(default_factory=lambda: MemorySink("site"))

    def __post_init__(self) -> None:
        self.blobs = MemoryBlobs(self.clock)
        self.tasks = MemoryTasks(self.clock)

    def copy(self) -> MemoryWorld:
        """The same world, which goes its own way from here on."""
        made = MemoryWorld(ManualClock(self.clock.now()), self.journal.copy(), self.sink.copy())
        made.blobs, made.tasks = self.blobs.copy(made.clock), self.tasks.copy(made.clock)
        return made

    def deployment(
        self,
        model: Model | None = None,
        *,
        settings: Settings = QUIET,
        prompts: Prompts | None = None,
        hook: Hook | None = None,
        around: Around | None = None,
    ) -> Deployment:
        """A deployment on this world, as one process has it.

        With `hook`, every call of a port is heard of and may crash; `around` stands in for each. One call is under way
        at a time, so that the same work makes the same calls in the same order.
        """
        answering: Model = model or ScriptedModel()
        around = around or (around_hook(hook) if hook else None)

        def port(value: Port, name: str) -> Port:
            return wrapped(value, name, around) if around else value

        return Deployment(
            settings=settings,
            prompts=prompts or load_prompts(),
            key=b"k" * 32,
            blobs=port(self.blobs, "blobs"),
            journal=port(self.journal, "journal"),
            tasks=port(self.tasks, "tasks"),
            model_name=answering.name,
            make_model=lambda: port(answering, "model"),
            clock=self.clock,
            outlets=[Outlet("site", port(self.sink.publisher(), "sink"))],
            at_once=1,
        )

    def work_off(self, deployment: Deployment, *, workers: int = 1) -> Tally:
        """Deliver windows until none waits."""
        return Runner(deployment, self.tasks, workers=workers, progress=lambda _: None).run()

    def run(self, deployment: Deployment, export: Export) -> tuple[list[Sliced], Tally, Published]:
        """Slice an export, work its windows off, publish."""
        from egregora.pipeline.publishing import publish_site  # who only slices does without the site

        sliced = slice_export(deployment, export)
        tally = self.work_off(deployment)
        return sliced, tally, publish_site(deployment)

    def site(self) -> dict[str, bytes]:
        """Every file of the site."""
        return {path: self.sink.read(path) or b"" for path in self.sink.list()}
