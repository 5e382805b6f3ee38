"""A deployment in a Google Cloud project: buckets, journal and queues, under what people set in the work bucket."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from egregora.blobs import BlobStore
from egregora.blobs.gcs import GcsBlobs
from egregora.blobs.gcs_objects import storage_client
from egregora.clock import SystemClock
from egregora.cloud.config import Config, Tuned
from egregora.journal.firestore import FirestoreJournal
from egregora.models.choice import choose_model, model_name
from egregora.pipeline.deployment import Deployment, Outlet
from egregora.pipeline.outlets import open_outlets
from egregora.settings import CloudSettings, Credentials, Settings
from egregora.sinks.gcs import GcsSink
from egregora.tasks import Queue
from egregora.tasks.cloud_tasks import CloudTasks, Route

if TYPE_CHECKING:
    from google.cloud.storage import Client  # type: ignore[import-untyped]


class Services:
    """The services of one deployment, shared safely by threads. One client serves all buckets.

    `key` is None where nothing is done that needs it. With `site`, what is published goes to the site's bucket. Raises
    `Reject` where there are no credentials.
    """

    def __init__(
        self, place: CloudSettings, *, key: bytes | None, credentials: Credentials, site: bool = False
    ) -> None:
        self._place = place
        self._key = key
        self._credentials = credentials
        self._site = site
        self._client = storage_client(place.project)
        self.exports: BlobStore = GcsBlobs(place.exports_bucket, client=self._client)
        self._work = GcsBlobs(place.work_bucket, client=self._client)
        self._journal = FirestoreJournal(place.project, database=place.database)
        self._config = Config(self._work)
        self._lock = threading.Lock()
        self._opened: tuple[Tuned, Deployment] | None = None

    def deployment(self) -> Deployment:
        """The deployment under the settings of this moment; the same object while they are the same.

        Raises `Reject` where the settings are at fault, `Retry` where the work bucket cannot be reached.
        """
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
            clock=SystemClock(),
            outlets=_outlets(settings, self._place, self._client) if self._site else (),
        )


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


def _outlets(settings: Settings, place: CloudSettings, client: Client) -> list[Outlet]:
    shown = settings.site.sources
    outlets = [Outlet("site", GcsSink(place.site_bucket, name="site", client=client), shown)]
    if settings.site.markdown:
        tree = GcsSink(place.work_bucket, prefix="markdown/", name="markdown", client=client)
        outlets.append(Outlet("markdown", tree, shown))
    return [*outlets, *open_outlets(settings.sinks)]
