from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
import pytest

from functions.world import World, send_event
from servers.events import event_headers
from servers.functions import FUNCTIONS, FunctionProcess, function_process
from servers.stack import INVOKER

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("functions")]

NAMES = ("slice_export", "process_window", "publish_site", "reprocess")
FILE = "WhatsApp Chat with Marisol Okafor.txt"
CHAT = "\n".join(
    f"17/03/2024, 18:{minute:02} - {who}: Harbour party number {minute} is on Sunday"
    for minute, who in enumerate(["Tonje Lund", "Marisol Okafor"] * 20)
)
SECRETS = ("Marisol", "Okafor", "Tonje", "Lund", "arbour")
"""Names, words and the file's name: what must not reach a log."""


@contextmanager
def running(world: World, *names: str, **env: str) -> Iterator[list[FunctionProcess]]:
    with ExitStack() as stack:
        yield [stack.enter_context(function_process(name, {**world.env, **env})) for name in names]


def logged(function: FunctionProcess) -> list[str]:
    """What the function logged; asserts that none of it is of the chat."""
    output = function.output()
    assert not [word for word in SECRETS if word in output]
    assert output.count("\n") == len(function.logs()), output  # nothing but our own lines
    return [line["message"] for line in function.logs()]


def test_functions_are_thin() -> None:
    assert sorted(path.stem for path in FUNCTIONS.glob("*.py")) == sorted([*NAMES, "serve_site"])
    for path in FUNCTIONS.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 60, path.name


def test_an_upload_becomes_a_site(world: World) -> None:
    with running(world, *NAMES) as (slicing, processing, publishing, reprocessing):
        world.work.blob("config/egregora.toml").upload_from_string("[site]\nmarkdown = true\n")
        event = world.upload(f"family/{FILE}", CHAT.encode())
        assert send_event(slicing, event).text == "sliced\n"
        [task] = world.tasks.tasks(world.windows)
        payload = task.http_request.body
        assert json.loads(payload)["source"] == "family"
        trace = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
        assert processing.post(payload, trace).text == "done\n"
        assert processing.post(payload, trace).text == "ended\n"
        assert publishing.post(b"{}").text == "published\n"
        assert b"arbour" in world.site.blob("index.html").download_as_bytes()
        assert world.stored("markdown/mkdocs.yml")

        assert send_event(slicing, event).text == "sliced\n"  # the same event again
        assert len(world.tasks.tasks(world.windows)) == 1
        assert reprocessing.post(b'{"source": "family", "sweep": true}').text == "0 enqueued, 0 over the day's budget\n"
        assert len(world.tasks.tasks(world.windows)) == 1

        assert logged(slicing) == ["sliced", "sliced"]
        assert logged(processing) == ["window done", "window ended"]
        assert logged(publishing) == ["published", "published"]
        assert logged(reprocessing) == ["reprocessed", "swept"]
        [line, _] = processing.logs()
        assert re.fullmatch("[0-9a-f]{64}", line["window"])
        assert (line["attempt"], line["severity"]) == (1, "INFO")
        assert line["logging.googleapis.com/trace"] == f"projects/{world.project}/traces/{'a' * 32}"


def test_what_can_never_be_worked_on_is_answered_200_and_shown(world: World) -> None:
    with running(world, *NAMES) as (slicing, processing, publishing, reprocessing):
        photograph = world.upload("Marisol.jpg", b"\x89PNG\r\n" + bytes(100))
        refused = [
            send_event(slicing, photograph),
            send_event(slicing, photograph),
            slicing.post(b"Marisol"),
            slicing.post(b"[" * 100_000, event_headers()),
            processing.post(b"Marisol again"),
            processing.post(b'{"version": 99}'),
            reprocessing.post(b'{"everything": true}'),
        ]
        assert [answer.status for answer in refused] == [200] * len(refused)
        assert all(answer.text.startswith("refused: ") and "Marisol" not in answer.text for answer in refused)
        assert len(world.stored("refusals/")) == 6
        assert world.tasks.tasks(world.publishes)
        assert publishing.post(b"{}").status == 200
        page = world.site.blob("status/index.html").download_as_bytes().decode()
        assert "What could not be read" in page
        assert "no conversation found" in page
        assert page.count("<b>A task</b>") == 5
        for function in (slicing, processing, reprocessing):
            assert set(logged(function)) == {"refused"}


def test_a_sink_that_fails_is_asked_for_again_while_the_others_are_fed(world: World) -> None:
    copy, lost = world.storage.make_bucket(), "bucket-that-is-not-there"
    entries = [("lost", lost), ("copy", copy)]
    settings = "".join(f'[[sinks]]\nwhat = "site"\nname = "{name}"\nto = "gs://{to}/club"\n' for name, to in entries)
    world.work.blob("config/egregora.toml").upload_from_string(settings)
    with running(world, "publish_site") as [publishing]:
        answer = publishing.post(b"{}")
        assert (answer.status, "no bucket" in answer.text) == (503, True)
        assert publishing.post(b"{}").status == 503
        assert "What could not be delivered" in world.site.blob("status/index.html").download_as_bytes().decode()
        with world.storage.client() as client:
            assert client.bucket(copy).blob("club/index.html").exists()
        world.storage.make_bucket(lost)
        assert publishing.post(b"{}").status == 200
        assert "could not be delivered" not in world.site.blob("status/index.html").download_as_bytes().decode()
        assert logged(publishing).count("a sink failed") == 2
    stored = json.loads(world.work.blob("sinks/lost.json").download_as_bytes())
    assert (stored["state"], stored["what"]) == ("delivered", "site")


def test_events_about_nothing_to_read_are_passed_over(world: World) -> None:
    with running(world, "slice_export") as [slicing]:
        event = world.upload(FILE, CHAT.encode())
        for other in (
            {**event, "bucket": world.site.name},
            world.upload("family/", b""),
            {**event, "generation": "1"},
        ):
            assert send_event(slicing, other).status == 200
        assert send_event(slicing, event, type="google.cloud.storage.object.v1.archived").status == 200
        world.exports.blob(FILE).delete()
        assert send_event(slicing, event).status == 200
        assert world.stored() == []
        assert logged(slicing) == []


def test_an_outage_is_answered_so_that_the_event_comes_again_and_then_succeeds(world: World) -> None:
    with running(world, "slice_export") as [slicing]:
        event = world.upload(FILE, CHAT.encode())
        world.tasks.fail_creates(grpc.StatusCode.INTERNAL)
        assert send_event(slicing, event).status == 503
        assert send_event(slicing, event).status == 200
        assert len(world.tasks.tasks(world.windows)) == 1
        assert logged(slicing) == ["to be called again", "sliced"]


def test_deliveries_of_one_window_at_once_do_its_work_once(world: World) -> None:
    with running(world, "slice_export", "process_window") as (slicing, processing):
        send_event(slicing, world.upload(FILE, CHAT.encode()))
        payload = world.tasks.tasks(world.windows)[0].http_request.body
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: processing.post(payload), range(6)))
        assert [answer.text for answer in answers].count("done\n") == 1
        assert {(answer.status, answer.text) for answer in answers} <= {
            (200, "done\n"),
            (200, "ended\n"),
            (409, "held\n"),
        }


def test_settings_at_fault_slow_delivery_down_until_they_are_mended(world: World) -> None:
    with running(world, "slice_export") as [slicing]:
        world.work.blob("config/egregora.toml").upload_from_string('[model]\nprovider = "none"\n')
        mended = send_event(slicing, world.upload(FILE, CHAT.encode()))
        assert mended.status == 503
        assert int(mended.headers["Retry-After"]) >= 60
        assert "config/egregora.toml" in mended.text
        assert logged(slicing) == ["the deployment has to be mended"]
        world.work.blob("config/egregora.toml").delete()
        assert send_event(slicing, world.upload(FILE, CHAT.encode())).status == 200


def test_settings_take_effect_on_the_next_call(world: World) -> None:
    with running(world, "slice_export") as [slicing]:
        assert send_event(slicing, world.upload("one/chat.txt", CHAT.encode())).text == "sliced\n"
        world.work.blob("config/egregora.toml").upload_from_string('[windows]\npartition = "year"\n')
        assert send_event(slicing, world.upload("two/chat.txt", CHAT.encode())).text == "sliced\n"
        assert world.stored("manifests/") == ["manifests/one/2024-03.json", "manifests/two/2024.json"]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_that_is_told_to_refuses_callers_that_are_not_ours(world: World, name: str) -> None:
    checked = {
        "EGREGORA_AUDIENCE": "https://here",
        "EGREGORA_CALLERS": INVOKER,
        "EGREGORA_CERTIFICATES": world.tasks.issuer.certificates,
    }
    token = world.tasks.issuer.token
    with running(world, name, **checked) as [function]:

        def status(**headers: str) -> int:
            return function.post(b"{}", {**event_headers(type="other"), **headers}).status

        assert status() == 401
        assert status(Authorization=f"Bearer {token(INVOKER, 'https://here', lasts=-60)}") == 401
        assert status(Authorization=f"Bearer {token(INVOKER, 'https://elsewhere')}") == 403
        assert status(Authorization=f"Bearer {token('x@example.com', 'https://here')}") == 403
        assert status(Authorization=f"Bearer {token(INVOKER, 'https://here')}") == 200


def test_a_function_without_its_environment_says_what_it_lacks(tmp_path: Path) -> None:
    with function_process("publish_site", {}) as function:
        answer = function.post(b"{}")
        assert answer.status == 503
        assert "EGREGORA_REGION" in answer.text
        assert logged(function) == ["the deployment has to be mended"]


def test_a_killed_function_is_gone_with_its_worker(world: World) -> None:
    with running(world, "publish_site") as [function]:
        assert function.post(b"{}").status == 200
        function.kill()
        with pytest.raises(OSError, match="refused"):
            function.post(b"{}")
