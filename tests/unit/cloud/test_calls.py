from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from egregora.blobs import BlobStore
from egregora.cloud.answers import Answer
from egregora.cloud.callers import Callers
from egregora.cloud.functions import Call, Instance, answer
from egregora.errors import Conflict, Reject, Retry
from egregora.logs import event, log_to, logger, note
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.refusals import read_refusals
from egregora.settings import CallerSettings, CloudSettings
from egregora.testing.deployment import MemoryWorld

PLACE = CloudSettings(
    project="p", region="r", exports_bucket="exports", work_bucket="work", site_bucket="site",
    process_url="https://process", publish_url="https://publish", invoker="i@p",
)  # fmt: skip


@dataclass
class MemoryServices:
    """The services of a deployment in memory; `fault`, where set, is what opening it meets."""

    world: MemoryWorld = field(default_factory=MemoryWorld)
    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.exports: BlobStore = self.world.blobs

    def deployment(self) -> Deployment:
        if self.fault:
            raise self.fault
        return self.world.deployment()


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    stream = io.StringIO()
    handler = log_to(logging.StreamHandler(stream))
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def instance(services: MemoryServices | None = None, **checked: object) -> Callable[[], Instance]:
    one = Instance(PLACE, services or MemoryServices(), Callers(CallerSettings.model_validate(checked), lambda: 0.0))
    return lambda: one


def request(body: bytes = b"", **headers: str) -> Request:
    return Request(EnvironBuilder(method="POST", data=body, headers=list(headers.items())).get_environ())


def done(_: Call) -> Answer:
    event("worked")
    return Answer(200, "done")


def test_a_call_is_given_what_it_works_on() -> None:
    def work(call: Call) -> Answer:
        return Answer(200, f"{call.body.decode()} {call.place.exports_bucket} {call.deployment.model_name}")

    assert answer(work, request(b"hello"), instance()).text == "hello exports scripted-1"


def test_lines_of_a_call_bear_its_trace(lines: Callable[[], list[dict[str, object]]]) -> None:
    trace, span = "a" * 32, "b" * 16
    answer(done, request(traceparent=f"00-{trace}-{span}-01"), instance())
    answer(done, request(), instance())
    first, second = lines()
    assert first["logging.googleapis.com/trace"] == f"projects/p/traces/{trace}"
    assert first["logging.googleapis.com/spanId"] == span
    assert (first["severity"], first["message"]) == ("INFO", "worked")
    assert "logging.googleapis.com/trace" not in second


def test_a_line_about_what_went_wrong_still_says_which_window(lines: Callable[[], list[dict[str, object]]]) -> None:
    def work(_: Call) -> Answer:
        note(window="ab12")
        raise Retry

    answer(work, request(), instance())
    answer(done, request(), instance())
    first, second = lines()
    assert first["window"] == "ab12"
    assert "window" not in second


def test_a_caller_who_is_not_welcome_reaches_nothing(lines: Callable[[], list[dict[str, object]]]) -> None:
    services = MemoryServices(fault=AssertionError("opened"))
    refused = answer(done, request(), instance(services, audience="https://process"))
    assert refused.status == 401
    assert [line["message"] for line in lines()] == ["a caller was refused"]


@pytest.mark.parametrize(
    ("error", "status", "severity"),
    [
        (Retry("the model is unavailable", after=7), 503, "WARNING"),
        (Conflict(), 409, "WARNING"),
        (Reject("model.name is unknown"), 503, "ERROR"),
        (ValueError("Anna said hello"), 500, "ERROR"),
    ],
)
def test_whatever_goes_wrong_is_logged_and_answered_without_a_word_of_the_chat(
    error: Exception, status: int, severity: str, lines: Callable[[], list[dict[str, object]]]
) -> None:
    def work(_: Call) -> Answer:
        raise error

    told = answer(work, request(), instance())
    [line] = lines()
    assert (told.status, line["severity"]) == (status, severity)
    assert "Anna" not in json.dumps(line) + told.text


def test_a_fault_is_logged_with_its_place(lines: Callable[[], list[dict[str, object]]]) -> None:
    known: dict[str, str] = {}
    answer(lambda _: Answer(200, known["Anna"]), request(), instance())
    [line] = lines()
    assert line["error"] == "KeyError"
    assert "test_calls.py" in json.dumps(line["at"])


@pytest.mark.parametrize("moment", ["instance", "deployment"])
def test_an_environment_or_settings_at_fault_are_answered_and_not_kept(moment: str) -> None:
    services, fault = MemoryServices(), Reject("the environment lacks EGREGORA_REGION")

    def unopened() -> Instance:
        raise fault

    services.fault = fault
    assert answer(done, request(), unopened if moment == "instance" else instance(services)).status == 503
    services.fault = None
    assert answer(done, request(), instance(services)).status == 200


def test_what_is_refused_is_recorded_once_and_a_publish_asked_for(lines: Callable[[], list[dict[str, object]]]) -> None:
    services = MemoryServices()

    def work(call: Call) -> Answer:
        return call.refuse("task", Reject("the task's payload cannot be read"), call.body)

    for _ in range(2):
        assert answer(work, request(b"Anna"), instance(services)).status == 200
    refusals = read_refusals(services.world.blobs)
    assert refusals.count == 1
    assert refusals.newest[0].reason == "the task's payload cannot be read"
    assert services.world.tasks.waiting("publish")[0] == 1
    assert "Anna" not in json.dumps(lines())
