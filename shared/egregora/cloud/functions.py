"""What every function does around its own work: check the caller, open the deployment, name the trace, map errors."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from egregora.blobs import BlobStore
from egregora.cloud.answers import Answer, answer_error
from egregora.cloud.callers import Callers
from egregora.cloud.deployment import Services as CloudServices
from egregora.cloud.opening import log_to_stdout, once
from egregora.cloud.traces import trace_of
from egregora.cloud.whereabouts import decode_key
from egregora.errors import Conflict, Reject, Retry
from egregora.logs import event, fault, within
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.refusals import Kind, refuse
from egregora.settings import CloudSettings, callers, cloud, cloud_key, credentials

if TYPE_CHECKING:
    from flask import Request

Response = tuple[str, int, dict[str, str]]


class Services(Protocol):
    """What an instance keeps from call to call."""

    exports: BlobStore

    def deployment(self) -> Deployment:
        """The deployment under the settings of this moment."""
        ...


@dataclass(frozen=True, slots=True)
class Instance:
    """One running instance of a function, from its first call on."""

    place: CloudSettings
    services: Services
    callers: Callers


@dataclass(frozen=True, slots=True)
class Call:
    """One call, with the deployment under the settings of this moment."""

    request: Request
    place: CloudSettings
    deployment: Deployment
    exports: BlobStore
    """The bucket that exports are uploaded to."""

    @property
    def body(self) -> bytes:
        """What was sent."""
        return self.request.get_data()

    def refuse(self, kind: Kind, error: Reject, *about: bytes | str) -> Answer:
        """Record that `about` can never be worked on, and answer so that it is delivered no more."""
        return Answer(200, f"refused: {refuse(self.deployment, kind, error, *about).reason}")


Work = Callable[[Call], Answer]


def function(*, site: bool = False) -> Callable[[Work], Callable[[Request], Response]]:
    """Make a function of `work` on the deployment that the environment names; with `site`, one that publishes."""

    def decorate(work: Work) -> Callable[[Request], Response]:
        instance = once(functools.partial(_open, site=site))

        @functools.wraps(work)
        def answer_request(request: Request) -> Response:
            log_to_stdout()
            return answer(work, request, instance).as_response()

        return answer_request

    return decorate


def answer(work: Work, request: Request, instance: Callable[[], Instance]) -> Answer:
    """Answer one request by `work`. Whatever goes wrong is logged and answered; nothing is raised."""
    try:
        here = instance()
    except Exception as error:
        return _failed(error)
    with within(trace_of(request.headers, here.place.project)):
        try:
            refusal = here.callers.refusal(request.headers)
            if refusal:
                event("a caller was refused", level=logging.WARNING, status=refusal.status, reason=refusal.text)
                return refusal
            return work(Call(request, here.place, here.services.deployment(), here.services.exports))
        except Exception as error:
            return _failed(error)


def _failed(error: Exception) -> Answer:
    told = answer_error(error)
    if isinstance(error, (Retry, Conflict)):
        event("to be called again", level=logging.WARNING, reason=told.text, after=told.after)
    elif isinstance(error, Reject):
        event("the deployment has to be mended", level=logging.ERROR, reason=told.text)
    else:
        fault("a fault in egregora itself", error)
    return told


def _open(*, site: bool) -> Instance:
    """Open what the environment names. Raises `Reject` where it does not."""
    place, key = cloud(), cloud_key()
    services = CloudServices(place, key=None if key is None else decode_key(key), credentials=credentials(), site=site)
    return Instance(place, services, Callers(callers(), time.monotonic))
