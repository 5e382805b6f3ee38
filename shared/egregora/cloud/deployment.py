"""A deployment in a Google Cloud project: buckets, journal and queues, under what people set in the work bucket."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from egregora.blobs import BlobStore
from egregora.blobs.gcs import GcsBlobs
from egregora.clock import Clock, SystemClock
from egregora.cloud.config import Config, Tuned
from egregora.journal.firestore import FirestoreJournal
from egregora.models.choice import choose_model, model_name
from egregora.pipeline.deployment import Deployment, Outlet
from egregora.pipeline.outlets import open_outlets
from egregora.settings import CloudSettings, Credentials, Settings
from egregora.sinks.gcs import GcsSink
from egregora.tasks import Queue
from egregora.tasks.cloud_tasks import CloudTasks, Route


class Services:
    """The services of one deployment. Their clients are made on first use and kept; shared safely by threads.

    `key` is None where nothing is done that needs it. With `site`, what is published goes to the site's bucket.
    """

    def __init__(
        self,
        place: CloudSettings,
        *,
        key: bytes | None,
        credentials: Credentials,
        clock: Clock | None = None,
        site: bool = False,
    ) -> None:
        self._place = place
        self._key = key
        self._credentials = credentials
        self._clock = clock or SystemClock()
        self._site = site
        self.exports: BlobStore = GcsBlobs(place.exports_bucket, project=place.project)
        self._work = GcsBlobs(place.work_bucket, project=place.project)
        self._journal = FirestoreJournal(place.project, database=place.database)
        self._config = Config(self._work)
        self._lock = threading.Lock()
        self._opened: tuple[Tuned, Deployment] | None = None

    def deployment(self) -> Deployment:
        """The deployment under the settings of this moment; the same object while they are the same."""
        tuned = self._config.read()
        with self._lock:
            if self._opened is None or self._opened[0] is not tuned:
                self._opened = tuned, self._open(tuned)
            return self._opened[1]

    def _open(self, tuned: Tuned) -> Deployment:
        settings = _decided(tuned.settings, self._place)
        return Deployment(
            settings=settings,
            prompts=tuned.prompts,
            key=self._key,
            blobs=self._work,
            journal=self._journal,
            tasks=CloudTasks(
                _routes(self._place),
                invoker=self._place.invoker,
                deadline=timedelta(seconds=settings.run.dispatch_deadline),
                endpoint=self._place.tasks_endpoint,
            ),
            model_name=model_name(settings.model, self._credentials),
            make_model=partial(choose_model, settings.model, self._credentials),
            clock=self._clock,
            outlets=_outlets(settings, self._place) if self._site else (),
        )


def open_deployment(
    place: CloudSettings,
    *,
    key: bytes | None,
    credentials: Credentials,
    clock: Clock | None = None,
    site: bool = False,
) -> Deployment:
    """Open a deployment once, for a command; the parameters are those of `Services`.

    Raises `Reject` where its settings are at fault, `Retry` where the work bucket cannot be reached.
    """
    return Services(place, key=key, credentials=credentials, clock=clock, site=site).deployment()


def _decided(settings: Settings, place: CloudSettings) -> Settings:
    """Settings without "auto": whichever credentials are at hand, functions and commands mean the same model."""
    if settings.model.provider != "auto":
        return settings
    return settings.model_copy(update={"model": settings.model.model_copy(update={"provider": place.provider})})


def _routes(place: CloudSettings) -> Mapping[Queue, Route]:
    queues = f"projects/{place.project}/locations/{place.region}/queues"
    return {
        "windows": Route(f"{queues}/{place.windows_queue}", place.process_url),
        "publish": Route(f"{queues}/{place.publish_queue}", place.publish_url),
    }


def _outlets(settings: Settings, place: CloudSettings) -> list[Outlet]:
    shown = settings.site.sources
    outlets = [Outlet("site", GcsSink(place.site_bucket, name="site", project=place.project), shown)]
    if settings.site.markdown:
        tree = GcsSink(place.work_bucket, prefix="markdown/", name="markdown", project=place.project)
        outlets.append(Outlet("markdown", tree, shown))
    return [*outlets, *open_outlets(settings.sinks)]
