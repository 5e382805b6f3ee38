"""Work on one window, as the windows queue delivers it."""

from __future__ import annotations

import functions_framework

from egregora.cloud import starting
from egregora.cloud.answers import Answer, answer_outcome
from egregora.cloud.functions import Call, function
from egregora.errors import Reject
from egregora.logs import event, note
from egregora.pipeline import processing
from egregora.pipeline.payloads import decode_window_task


@functions_framework.http
@starting.quick
@function()
def process_window(call: Call) -> Answer:
    """200 where the window is over, 409 where another delivery is at it, 503 where it has to be delivered again."""
    try:
        task = decode_window_task(call.body)
    except Reject as error:
        return call.refuse("task", error, call.body)
    note(window=task.signature)
    outcome = processing.process_window(call.deployment, task)
    event(f"window {outcome.result.value}", **outcome.facts)
    return answer_outcome(outcome)
