from __future__ import annotations

import pytest

from egregora.cloud.answers import Answer, answer_error, answer_failures, answer_outcome
from egregora.errors import Conflict, EgregoraError, NotFound, RateLimited, Reject, Retry, Unreadable
from egregora.pipeline.processing import Outcome, Result


@pytest.mark.parametrize("result", list(Result))
def test_only_what_has_to_be_delivered_again_is_not_answered_200(result: Result) -> None:
    again = {Result.HELD: 409, Result.AGAIN: 503}
    assert answer_outcome(Outcome(result)).status == again.get(result, 200)


def test_an_outage_passes_on_how_long_to_wait_in_whole_seconds() -> None:
    text, status, headers = answer_error(RateLimited(after=12.2)).as_response()
    assert (status, headers["Retry-After"]) == (503, "13")
    assert text == "The service asks for fewer requests.\n"


def test_an_outage_that_names_no_time_leaves_it_to_the_queue() -> None:
    _, status, headers = answer_error(Retry()).as_response()
    assert status == 503
    assert "Retry-After" not in headers


def test_another_writer_slows_no_queue() -> None:
    assert answer_error(Conflict()).status == 409


def test_a_setting_to_be_mended_slows_the_queue_and_says_what_is_wrong() -> None:
    answer = answer_error(Reject("model.name is unknown"))
    assert (answer.status, answer.text) == (503, "model.name is unknown")
    assert answer.after
    assert answer.after >= 60


def test_an_upload_is_spoken_of_without_its_name() -> None:
    assert answer_error(Unreadable("is encrypted", where="Chat with Anna.zip")).text == "is encrypted"


@pytest.mark.parametrize("error", [NotFound("Anna"), ValueError("Anna said hello"), KeyError("Anna")])
def test_a_fault_of_ours_is_answered_without_its_message(error: Exception) -> None:
    answer = answer_error(error)
    assert answer.status == 500
    assert type(error).__name__ in answer.text
    assert "Anna" not in answer.text


def test_of_several_failures_the_one_that_may_pass_soonest_says_when_to_call_again() -> None:
    assert answer_failures([Reject("no bucket"), Retry("away", after=5)]) == Answer(503, "away", 5)
    assert answer_failures([Reject("no bucket")]).status == 503
    assert answer_failures([EgregoraError("a tool")]).status == 500
