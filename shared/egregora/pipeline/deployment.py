"""A deployment: the ports that a pipeline runs on, and what is derived from them once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from egregora.agents.desk import Desk
from egregora.agents.enricher import Enricher
from egregora.agents.ledger import Ledger
from egregora.agents.prompts import Prompts
from egregora.agents.recipe import Recipe, make_recipe, recipe_digest
from egregora.agents.writer import Writer
from egregora.archive.manifest import Manifests
from egregora.archive.slices import Slices
from egregora.blobs import BlobStore
from egregora.clock import Clock
from egregora.errors import Conflict, Reject
from egregora.ids import RecipeDigest, SourceId
from egregora.journal import Journal
from egregora.journal.states import WindowJournal
from egregora.models import Model
from egregora.privacy.handles import Handles
from egregora.privacy.people import PeopleStore
from egregora.privacy.source_ids import SourceIds
from egregora.settings import Settings
from egregora.sinks import Sink
from egregora.sinks.database import DatabaseSink
from egregora.tasks import TaskQueue

OWN = ("site", "markdown")
"""Names of the sinks that a deployment has by itself. What [site] in the settings says is said of these."""


@dataclass(frozen=True)
class Outlet:
    """A sink, what is delivered to it, and of which conversations.

    `sources` are patterns as of file names. `title`, `description` and `base_url` are None where the site's own hold.
    """

    what: Literal["site", "markdown", "sidecar", "database"]
    sink: Sink | DatabaseSink
    sources: Sequence[str] = ("*",)
    title: str | None = None
    description: str | None = None
    base_url: str | None = None

    @property
    def name(self) -> str:
        """What the sink is called."""
        return self.sink.name

    @property
    def whole(self) -> bool:
        """Whether it gets every conversation, whichever there will be."""
        return "*" in self.sources

    def gets(self, source: SourceId) -> bool:
        """Whether it gets a conversation."""
        return any(fnmatchcase(source, pattern) for pattern in self.sources)


@dataclass(frozen=True)
class Deployment:
    """Everything a use case needs. `make_model` is called when a window is first worked on, not before."""

    settings: Settings
    prompts: Prompts
    key: bytes | None = field(repr=False)
    """What handles are made with; None where nothing is done that needs it."""
    blobs: BlobStore
    journal: Journal
    tasks: TaskQueue
    model_name: str
    make_model: Callable[[], Model]
    clock: Clock
    outlets: Sequence[Outlet] = ()
    at_once: int = 16
    """Slices or plans read or written at once: a store far away takes its time for each."""

    @cached_property
    def model(self) -> Model:
        """The model that works on windows."""
        return self.make_model()

    @cached_property
    def recipe(self) -> Recipe:
        """All that shapes the writing."""
        return make_recipe(self.prompts, self.settings)

    @cached_property
    def recipe_digest(self) -> RecipeDigest:
        """The name of `recipe`."""
        return recipe_digest(self.recipe)

    def keep_recipe(self) -> None:
        """Write the recipe down, once in a deployment's life: every plan names it."""
        _ = self._recipe_kept

    @cached_property
    def _recipe_kept(self) -> bool:
        with suppress(Conflict):  # the same digest holds the same recipe
            recipe = self.recipe.model_dump_json().encode()
            self.blobs.write(f"recipes/{self.recipe_digest}.json", recipe, if_generation=0)
        return True

    @cached_property
    def ledger(self) -> Ledger:
        """Model answers that were paid for."""
        return Ledger(self.blobs)

    @cached_property
    def desk(self) -> Desk:
        """What both agents work with."""
        above = self.settings.model.count_above
        return Desk(self.model, self.ledger, self.recipe, self._key(), count_above=above)

    @cached_property
    def enricher(self) -> Enricher:
        """The agent that says what is in a window."""
        return Enricher(self.desk)

    @cached_property
    def writer(self) -> Writer:
        """The agent that turns it into posts."""
        return Writer(self.desk)

    @cached_property
    def windows(self) -> WindowJournal:
        """The state machine over the journal."""
        return WindowJournal(self.journal, self.clock, self.settings.run)

    @cached_property
    def manifests(self) -> Manifests:
        """The plans."""
        return Manifests(self.blobs, at_once=self.at_once)

    @cached_property
    def slices(self) -> Slices:
        """The messages."""
        return Slices(self.blobs, at_once=self.at_once)

    @cached_property
    def handles(self) -> Handles:
        """How people are called inside."""
        return Handles(self._key())

    @cached_property
    def people(self) -> PeopleStore:
        """Who the handles stand for."""
        return PeopleStore(self.blobs)

    @cached_property
    def source_ids(self) -> SourceIds:
        """How conversations are called inside."""
        return SourceIds(self.blobs, self.handles)

    def _key(self) -> bytes:
        if self.key is None:
            raise Reject("the key that handles are made with is not at hand: set EGREGORA_KEY to it, in base64")
        return self.key
