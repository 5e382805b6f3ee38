"""Metrics and alerts rest on what the functions really log."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from collections.abc import Iterator, Mapping

import pytest

from egregora.errors import Reject
from egregora.ids import Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.journal import Entry, Usage
from egregora.logs import event, log_to, logger
from egregora.pipeline.processing import Outcome, Result
from egregora.pipeline.refusals import refuse
from egregora.testing.deployment import MemoryWorld
from infra.terraform import ROOT, Planned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]

PLACES = (ROOT / "functions", ROOT / "shared" / "egregora" / "cloud", ROOT / "shared" / "egregora" / "pipeline")


ENDED = Entry(
    signature=Signature("a" * 64), source=SourceId("s"), partition=Partition("2024-03"), slice=SliceDigest("b" * 64),
    recipe=RecipeDigest("c" * 64), model="m", state="DONE", attempt=1, usage=Usage(cost=0.1),
)  # fmt: skip


def calls(*names: str) -> Iterator[ast.Call]:
    """Every call of a function of egregora.logs, in what runs in the cloud."""
    for path in (path for place in PLACES for path in place.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield node


def message(call: ast.Call) -> set[str]:
    """What a call logs: its text, or one for each end of a window."""
    first = call.args[0]
    if isinstance(first, ast.Constant):
        return {str(first.value)}
    assert isinstance(first, ast.JoinedStr), ast.dump(first)
    assert ast.unparse(first) == "f'window {outcome.result.value}'"
    return {f"window {result.value}" for result in Result}


def logged() -> set[str]:
    return {text for call in calls("event", "fault") for text in message(call)}


def errors() -> set[str]:
    """What is logged as an error."""
    wrong = [
        call for call in calls("event") if any(ast.unparse(word.value) == "logging.ERROR" for word in call.keywords)
    ]
    return {text for call in (*wrong, *calls("fault")) for text in message(call)}


def messages_of(filter_: str) -> set[str]:
    """The messages that a metric's filter lets through."""
    found = re.search(r'jsonPayload\.message=(?:\(([^)]*)\)|("[^"]*"))', filter_)
    assert found, filter_
    return set(re.findall(r'"([^"]*)"', found[0]))


def metrics(planned: Mapping[str, Planned]) -> dict[str, Mapping[str, object]]:
    return {str(metric["name"]): metric for metric in planned["defaults"].of("google_logging_metric").values()}


def test_every_message_that_a_metric_counts_is_logged(planned: Mapping[str, Planned]) -> None:
    counted = {name: messages_of(str(metric["filter"])) for name, metric in metrics(planned).items()}
    assert counted["egregora_faults"] == errors()
    assert set().union(*counted.values()) <= logged()
    assert counted["egregora_windows"] == counted["egregora_cost"]
    assert counted["egregora_windows"] | {"window again", "window ended", "window dropped", "window held"} == {
        f"window {result.value}" for result in Result
    }, "an end of a window is counted or, on purpose, not"


def test_what_a_metric_takes_out_of_a_line_is_in_it(planned: Mapping[str, Planned]) -> None:
    lines = {line["message"]: line for line in written()}
    for name, metric in metrics(planned).items():
        wanted = re.findall(r"jsonPayload\.(\w+)", json.dumps([metric["value_extractor"], metric["label_extractors"]]))
        for text in messages_of(str(metric["filter"])) & set(lines):
            assert set(wanted) <= set(lines[text]), name
    [pattern] = re.findall(r'"(\^window [^"]+)"', str(metrics(planned)["egregora_windows"]["label_extractors"]))
    outcomes = {found[1] for text in logged() if (found := re.match(pattern, text))}
    assert {"done", "failed", "blocked"} <= outcomes


def written() -> list[dict[str, object]]:
    """Lines as they reach Cloud Logging."""
    stream = io.StringIO()
    handler = log_to(logging.StreamHandler(stream))
    try:
        event("window done", **Outcome(Result.DONE, ENDED).facts)
        refuse(MemoryWorld().deployment(), "task", Reject("no task"), b"")
    finally:
        logger.removeHandler(handler)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_alerts_ask_for_metrics_that_are_made(planned: Mapping[str, Planned]) -> None:
    plan = planned["defaults"]
    made = set(metrics(planned))
    asked = {}
    for name, policy in plan.of("google_monitoring_alert_policy").items():
        [condition] = policy["conditions"]
        asks = condition["condition_prometheus_query_language"][0]
        assert asks["disable_metric_validation"], "a new metric is not known for minutes"
        asked[name] = asks["query"]
    ours = {found for query in asked.values() for found in re.findall(r"logging_googleapis_com:user_(\w+)\{", query)}
    assert {found.removesuffix("_sum") for found in ours} <= made
    assert set(asked) == {f'alert["{name}"]' for name in ("windows", "faults", "queue", "cost")}
    assert re.findall(r'queue_id=~"([^"]+)"', asked['alert["queue"]']) == ["(.*/)?(egregora-windows|egregora-publish)"]
    assert set(re.findall(r'outcome=~"([^"]+)"', asked['alert["windows"]'])) == {"failed|blocked"}


def test_lines_are_of_the_functions_that_are_made(planned: Mapping[str, Planned]) -> None:
    plan = planned["defaults"]
    for metric in metrics(planned).values():
        [pattern] = re.findall(r'service_name=~"([^"]+)"', str(metric["filter"]))
        for made in ("google_cloudfunctions2_function", "google_cloud_run_v2_service"):
            assert all(re.match(pattern, service["name"]) for service in plan.of(made).values())
