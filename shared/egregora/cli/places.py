"""Where a command works: in a folder of this machine, or on a deployment in the cloud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from egregora.cli.options import Cloud, existing
from egregora.cli.working import publish_here, watch, work_off
from egregora.ids import SourceId
from egregora.local import Workplace, load_settings, open_workplace
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.publishing import Published
from egregora.pipeline.runner import Tally
from egregora.settings import CloudSettings, Settings, credentials


class Place(Protocol):
    """What commands do, wherever it is done. `words` name the place on a command line."""

    @property
    def deployment(self) -> Deployment:
        """The ports."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """How a command line names it."""
        ...

    def work_off(self, workers: int | None = None) -> Tally:
        """See every waiting window to its end."""
        ...

    def publish(self) -> Published:
        """Bring the sinks up to what is known."""
        ...


@dataclass(frozen=True)
class Here:
    """A work folder: windows are worked on by threads of this process."""

    place: Workplace

    @property
    def deployment(self) -> Deployment:
        """The ports."""
        return self.place.deployment

    @property
    def words(self) -> tuple[str, ...]:
        """How a command line names it."""
        return ("--work", str(self.place.folder))

    def work_off(self, workers: int | None = None) -> Tally:
        """Work until no window waits."""
        return work_off(self.place, workers=workers)

    def publish(self) -> Published:
        """Publish from here."""
        return publish_here(self.deployment)


@dataclass(frozen=True)
class There:
    """A deployment in the cloud: its functions work on windows, and publish too."""

    deployment: Deployment
    words: tuple[str, ...]
    since: datetime
    """When the command began: what is worked on from then on is its own."""

    def work_off(self, workers: int | None = None, sources: Sequence[SourceId] | None = None) -> Tally:
        """Look on while the functions work on windows, of `sources` or all. Stopping to look stops nothing there."""
        sources = self.deployment.manifests.sources() if sources is None else sources
        return watch(self.deployment, sources, since=self.since)

    def publish(self) -> Published:
        """Publish from here, giving way to the function where it is at it."""
        return publish_here(self.deployment)


@contextmanager
def open_place(
    work: Path, cloud: Cloud | None, *, site: Path | None = None, exclusive: bool = False, new: bool = False,
    key: bool = False,
) -> Iterator[Place]:  # fmt: skip
    """Open the folder `work`, or the deployment `cloud` where one is named.

    In a folder `exclusive` keeps other runs out, `site` is where the website goes, and `new` lets the folder be made.
    In the cloud `key` fetches what handles are made with, which only reading exports needs.
    """
    if cloud:
        yield _there(cloud, key=key)
        return
    with open_workplace(
        work if new else existing(work), credentials=credentials(), site=site, exclusive=exclusive
    ) as place:
        if exclusive:
            place.take_over()
        yield Here(place)


def settings_of(work: Path, cloud: Cloud | None) -> Settings:
    """What people set there. Makes nothing."""
    return _there(cloud, key=False).deployment.settings if cloud else load_settings(work)


def open_there(found: CloudSettings, cloud: Cloud, *, key: bool = False, since: datetime | None = None) -> There:
    """Open the deployment that was `found` for `cloud`; `since` is when the command began, where that was before."""
    from egregora.cloud.deployment import Services
    from egregora.cloud.whereabouts import find_key

    secret = find_key(found) if key else None
    deployment = Services(found, key=secret, credentials=credentials(), site=True).deployment()
    return There(deployment, cloud.words, since or deployment.clock.now())


def _there(cloud: Cloud, *, key: bool) -> There:
    from egregora.cloud.whereabouts import find_deployment

    return open_there(find_deployment(project=cloud.project, config=cloud.config), cloud, key=key)
