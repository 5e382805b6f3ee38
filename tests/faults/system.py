"""A deployment in memory with its triggers: uploads, tasks and commands, delivered until they are answered for good.

A delivery that fails or dies stays with its queue and comes again, as Eventarc and Cloud Tasks have it. What a test
stands `around` the ports' calls is where things break.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from egregora.agents.prompts import Prompts
from egregora.errors import EgregoraError, Reject, Unreadable
from egregora.forms import DraftPost, Writing
from egregora.ingest import Export
from egregora.models import Answer, Request
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.payloads import decode_window_task
from egregora.pipeline.processing import Result, process_window
from egregora.pipeline.publishing import publish_site
from egregora.pipeline.refusals import refuse
from egregora.pipeline.reprocessing import reprocess
from egregora.pipeline.slicing import slice_export
from egregora.settings import Settings, SiteSettings, WindowSettings
from egregora.tasks import Delivery, Queue
from egregora.testing import Around, ScriptedModel, wrapped
from egregora.testing.deployment import MemoryWorld

SETTINGS = Settings(windows=WindowSettings(tokens=600, context=200), site=SiteSettings(search=False, markdown=False))
LIMIT = 1_840
"""Tokens above which a model makes the full windows of `SETTINGS` split."""

ROUNDS = 60
CRASHED = "crashed"
QUEUES: tuple[Queue, ...] = ("windows", "publish")


class CrashError(BaseException):
    """The process is gone."""


class Witness(ScriptedModel):
    """A model that signs its posts, and remembers which request it was paid for how often.

    `mood` tells one attempt's answers from another's.
    """

    def __init__(self, name: str = "scripted-1", *, mood: str = "", limit: int = 1_000_000) -> None:
        super().__init__(name=name, writer=self._write, max_input_tokens=limit)
        self.mood = mood
        self.paid: Counter[tuple[str, ...]] = Counter()

    def answer(self, request: Request) -> Answer:
        """Answer, and note that it was paid for."""
        answer = super().answer(request)
        self.paid[self.name, request.agent, request.instructions, request.content, *(request.repair or ())] += 1
        return answer

    def copy(self) -> Witness:
        """The same model, which from here on remembers by itself."""
        made = Witness(self.name, mood=self.mood, limit=self.max_input_tokens)
        made.paid, made.calls, made.requests = self.paid.copy(), self.calls.copy(), list(self.requests)
        return made

    def _write(self, request: Request) -> Writing:
        said = f"{len(request.material.messages)} messages. {self.mood}"
        return Writing(posts=[DraftPost(title=f"By {self.name}", standfirst="In short.", body=said, messages=["m1"])])


@dataclass(frozen=True, slots=True)
class Upload:
    """An export in the bucket for exports; `open` reads it, each time anew."""

    open: Callable[[], Export]
    name: str = "upload"


@dataclass
class System:
    """What outlives every process, and what its queues still hold. `models` are all that ever answered."""

    model: Witness = field(default_factory=Witness)
    settings: Settings = SETTINGS
    prompts: Prompts | None = None
    world: MemoryWorld = field(default_factory=MemoryWorld)
    events: list[Upload] = field(default_factory=list)
    models: list[Witness] = field(default_factory=list)
    site: bool = True
    """Whether there is a sink. Where none is, a publish gathers all that a site is made from, and renders nothing."""
    answers: Counter[str] = field(default_factory=Counter)
    """What deliveries came to: a result, or the error they were answered with."""

    def __post_init__(self) -> None:
        self.models.append(self.model)

    def by(self, model: Witness) -> System:
        """The same system, as a process sees it that another model's answers reach."""
        return replace(self, model=model)  # which adds it to `models`, for that list stays the same

    def copy(self) -> System:
        """The same system, which goes its own way from here on."""
        models = [model.copy() for model in self.models]
        made = replace(self, world=self.world.copy(), events=list(self.events), answers=self.answers.copy(), models=[])
        made.model, made.models = models[self.models.index(self.model)], models
        return made

    def deployment(self, around: Around | None = None) -> Deployment:
        """The deployment as a new process opens it; what stands `around` its ports stands around its clock, too."""
        made = self.world.deployment(self.model, settings=self.settings, prompts=self.prompts, around=around)
        clock = wrapped(self.world.clock, "clock", around) if around else self.world.clock
        return replace(made, clock=clock, outlets=made.outlets if self.site else ())

    def slice(self, upload: Upload, around: Around | None = None) -> bool:
        """Deliver an upload's event; whether that was the last time."""
        deployment = self.deployment(around)

        def work() -> str:
            try:
                slice_export(deployment, upload.open())
            except Unreadable as error:
                refuse(deployment, "upload", error, upload.name)
                return "refused"
            return "sliced"

        over = self._answer(work) in {"sliced", "refused"}
        if over and upload in self.events:
            self.events.remove(upload)
        return over

    def process(self, delivery: Delivery, around: Around | None = None) -> None:
        """Deliver a window's task."""
        deployment = self.deployment(around)

        def work() -> str:
            try:
                task = decode_window_task(delivery.task.payload)
            except Reject as error:
                refuse(deployment, "task", error, delivery.task.payload)
                return "refused"
            return process_window(deployment, task).result.value

        self._settle(delivery, self._answer(work), {"refused", *Result} - {Result.HELD, Result.AGAIN})

    def publish(self, delivery: Delivery | None = None, around: Around | None = None) -> None:
        """Deliver a publish's task; without one, publish as somebody asks."""
        deployment = self.deployment(around)
        result = self._answer(lambda: told("sink failed" if publish_site(deployment).failures else "published"))
        if delivery:
            self._settle(delivery, result, {"published"})

    def reprocess(self, around: Around | None = None) -> bool:
        """Run what Cloud Scheduler runs every day."""
        deployment = self.deployment(around)
        return self._answer(lambda: told("swept", reprocess(deployment, budget=False))) == "swept"

    def take(self, queue: Queue) -> Delivery | None:
        """The next task that is due, on lease for as long as a dispatch may take."""
        return self.world.tasks.take(queue, timedelta(seconds=self.settings.run.dispatch_deadline))

    def deliver(self, queue: Queue, around: Around | None = None) -> bool:
        """Deliver one task of a queue; whether one was due."""
        delivery = self.take(queue)
        if delivery:
            (self.process if queue == "windows" else self.publish)(delivery, around)
        return delivery is not None

    def work_off(self, around: Around | None = None) -> None:
        """Deliver until nothing waits, moving the clock on to whatever falls due next."""
        for _ in range(ROUNDS):
            for upload in list(self.events):
                self.slice(upload, around)
            for queue in QUEUES:
                while self.deliver(queue, around):
                    pass
            due = [when for _, when in map(self.world.tasks.waiting, QUEUES) if when]
            if not due and not self.events:
                return
            pause = (min(due) - self.world.clock.now()).total_seconds() if due else 60.0
            self.world.clock.advance(max(pause, 0.0))
        raise AssertionError(f"no rest after {ROUNDS} rounds: {self.answers}")

    def rest(self, *, sweep: bool = True) -> None:
        """Let everything that failed come again, until nothing is left; with `sweep`, also what was lost."""
        self.world.clock.advance(self.settings.run.lease + 1)
        self.work_off()
        if sweep:
            self.reprocess()
            self.work_off()

    def _answer(self, work: Callable[[], str]) -> str:
        try:
            result = work()
        except EgregoraError as error:
            result = type(error).__name__
        except CrashError:
            result = CRASHED
        self.answers[result] += 1
        return result

    def _settle(self, delivery: Delivery, result: str, over: Set[str]) -> None:
        """End a task or give it back; whoever died does neither, and the task's lease has to end."""
        if result in over:
            self.world.tasks.done(delivery)
        elif result != CRASHED:
            self.world.tasks.retry(delivery)


def uploaded(*exports: Export, system: System | None = None) -> System:
    """A system with exports in its bucket, of which nobody has been told yet."""
    system = system or System()
    system.events += [Upload(partial(_same, export), f"upload {n}") for n, export in enumerate(exports)]
    return system


def _same(export: Export) -> Export:
    return export


def told(name: str, _: object = None) -> str:
    """What a delivery came to, once it is through."""
    return name
