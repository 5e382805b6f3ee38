from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from egregora.cloud.traces import trace_of

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"
NAMED = {
    "logging.googleapis.com/trace": f"projects/p/traces/{TRACE}",
    "logging.googleapis.com/spanId": SPAN,
    "logging.googleapis.com/trace_sampled": True,
}


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": f"00-{TRACE}-{SPAN}-01"},
        {"X-Cloud-Trace-Context": f"{TRACE}/{int(SPAN, 16)};o=1"},
        {"traceparent": f"00-{TRACE}-{SPAN}-01", "X-Cloud-Trace-Context": f"{'0' * 32}/1"},
    ],
)
def test_a_request_names_its_trace_in_either_way(headers: dict[str, str]) -> None:
    assert trace_of(Headers(headers), "p") == NAMED


def test_a_trace_may_come_without_a_span() -> None:
    found = trace_of(Headers({"X-Cloud-Trace-Context": TRACE}), "p")
    assert found == {key: value for key, value in NAMED.items() if "span" not in key} | {
        "logging.googleapis.com/trace_sampled": False
    }


@pytest.mark.parametrize("text", ["", "nonsense", "00-short-short-01", "../../x"])
def test_what_is_no_trace_names_none(text: str) -> None:
    assert trace_of(Headers({"traceparent": text, "X-Cloud-Trace-Context": text}), "p") == {}
