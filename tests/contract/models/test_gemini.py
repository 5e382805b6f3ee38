"""Gemini through the real google-genai library, against a server that answers as the API does."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from google.oauth2.credentials import Credentials as GoogleCredentials
from pydantic import SecretStr

from egregora.errors import BadAnswer, Block, EgregoraError, RateLimited, Reject, Retry, Split
from egregora.forms import Enrichment, Writing
from egregora.journal import Usage
from egregora.models import Material, Request
from egregora.models.gemini import GeminiModel, answer_schema
from egregora.models.spoilt import SpoiltAnswer
from egregora.settings import Credentials, ModelSettings
from egregora.testing import ManualClock
from gemini_server import (
    GeminiServer,
    Reply,
    answer,
    cut_off,
    dropped,
    error,
    finished,
    invalid_key,
    nothing,
    overflow,
    page,
    prompt_blocked,
    rate_limited,
    slow,
    unavailable,
    vertex_overflow,
)

KEY = "AIza-a-very-secret-key"
REQUEST = Request("writer", "Write about it.", "Said in confidence.", Writing, Material(()), temperature=0.25)
FORM: dict[str, list[str]] = {"posts": [], "observations": []}

Make = Callable[..., GeminiModel]


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make(server: GeminiServer, clock: ManualClock) -> Iterator[Make]:
    made: list[GeminiModel] = []

    def make_model(**settings: float | str) -> GeminiModel:
        credentials = Credentials(gemini_key=SecretStr(KEY), gemini_base_url=server.url)
        model = GeminiModel(ModelSettings.model_validate(settings), credentials, clock=clock, jitter=lambda: 1.0)
        made.append(model)
        return model

    yield make_model
    for model in made:
        model.close()


def test_a_request_is_sent_as_the_api_wants_it(server: GeminiServer, make: Make) -> None:
    server.script(answer(FORM))
    assert make().answer(REQUEST).text == '{"posts": [], "observations": []}'
    (sent,) = server.requests
    assert sent.path.endswith("/models/gemini-2.5-flash:generateContent")
    assert sent.headers["x-goog-api-key"] == KEY
    assert sent.body["systemInstruction"]["parts"] == [{"text": "Write about it."}]
    assert sent.body["contents"] == [{"role": "user", "parts": [{"text": "Said in confidence."}]}]
    assert sent.body["generationConfig"] == {
        "temperature": 0.25,
        "responseMimeType": "application/json",
        "responseJsonSchema": answer_schema(Writing),
    }


def test_a_repair_continues_the_conversation(server: GeminiServer, make: Make) -> None:
    make().answer(Request("writer", "I", "C", Writing, Material(()), repair=("last", "wrong")))
    assert [(c["role"], c["parts"][0]["text"]) for c in server.requests[0].body["contents"]] == [
        ("user", "C"),
        ("model", "last"),
        ("user", "wrong"),
    ]


def test_every_field_of_the_schema_is_required_and_none_has_a_default() -> None:
    schema = answer_schema(Enrichment)
    assert schema["required"] == list(Enrichment.model_fields)
    assert all(part["required"] == list(part["properties"]) for part in schema["$defs"].values())
    assert '"default"' not in str(schema).replace("'", '"')
    assert {"name", "type", "messages"} == set(schema["$defs"]["Entity"]["properties"])


def test_thoughts_are_paid_for_but_not_part_of_the_answer(server: GeminiServer, make: Make) -> None:
    counts = {
        "promptTokenCount": 1_000_000,
        "cachedContentTokenCount": 600_000,
        "candidatesTokenCount": 100_000,
        "thoughtsTokenCount": 300_000,
    }
    server.script(answer(FORM, usage=counts, thought="Let me see."))
    given = make(price_input=0.5, price_output=2.0).answer(REQUEST)
    assert "Let me see" not in given.text
    assert given.usage == Usage(1_000_000, 400_000, cost=0.5 + 0.8, calls=1)


@pytest.mark.parametrize(
    "text",
    ['```json\n{"posts": []}\n```', 'Here it is:\n\n{"posts": []}\n\nI hope it helps.', ' \n{"posts": []}'],
)
def test_prose_around_json_is_passed_over(server: GeminiServer, make: Make, text: str) -> None:
    server.script(answer(text))
    assert make().answer(REQUEST).text == '{"posts": []}'


@pytest.mark.parametrize(
    ("reply", "said", "kept"),
    [
        (answer('{"posts": [', usage={"promptTokenCount": 7}), "no JSON", '{"posts": ['),
        (answer("I would rather not.", usage={"promptTokenCount": 7}), "no JSON", "I would rather not."),
        (cut_off(), "cut off", ""),
        (answer(""), "empty", ""),
        (nothing(), "empty", ""),
        (finished("OTHER"), "empty", ""),
        (finished("MALFORMED_RESPONSE"), "empty", ""),
    ],
)
def test_an_unusable_answer_is_a_bad_answer_that_was_paid_for(
    server: GeminiServer, make: Make, reply: Reply, said: str, kept: str
) -> None:
    server.script(reply)
    with pytest.raises(BadAnswer, match=said) as bad:
        make().answer(REQUEST)
    assert isinstance(bad.value, SpoiltAnswer)
    assert bad.value.answer.text == kept
    assert bad.value.answer.usage.calls == 1
    assert bad.value.answer.usage.input_tokens > 0
    assert server.calls["generateContent"] == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (prompt_blocked("SAFETY"), "safety"),
        (prompt_blocked("PROHIBITED_CONTENT"), "prohibited content"),
        (prompt_blocked("BLOCKLIST"), "blocked words"),
        (prompt_blocked("OTHER"), "other"),
        (finished("SAFETY"), "safety"),
        (finished("RECITATION"), "recitation"),
        (finished("PROHIBITED_CONTENT"), "prohibited content"),
        (finished("SPII"), "personal data"),
        (answer('{"posts": [', finish="SAFETY"), "safety"),
    ],
)
def test_a_refusal_of_the_content_blocks_with_a_fixed_reason(
    server: GeminiServer, make: Make, reply: Reply, reason: str
) -> None:
    server.script(reply)
    with pytest.raises(Block) as refused:
        make().answer(REQUEST)
    assert str(refused.value) == f"refused by the model: {reason}"


@pytest.mark.parametrize(
    "reply",
    [
        overflow(),
        overflow(81_881, 65_536),
        vertex_overflow(),
        error(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."),
        error(413, "INVALID_ARGUMENT", "Too large"),
    ],
)
def test_an_overflow_asks_for_a_split(server: GeminiServer, make: Make, reply: Reply) -> None:
    server.script(reply)
    with pytest.raises(Split):
        make().answer(REQUEST)
    assert server.calls["generateContent"] == 1


@pytest.mark.parametrize(
    "reply",
    [
        error(400, "INVALID_ARGUMENT", "maxOutputTokens is 100000 but the supported range is from 1 to 65536"),
        error(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unknown name tokens"),
    ],
)
def test_other_bad_requests_are_no_overflow(server: GeminiServer, make: Make, reply: Reply) -> None:
    server.script(reply)
    with pytest.raises(Reject):
        make().answer(REQUEST)


def test_an_outage_is_waited_out(server: GeminiServer, make: Make, clock: ManualClock) -> None:
    started = clock.now()
    server.script(unavailable(503), unavailable(500), dropped(), answer(FORM))
    assert make().answer(REQUEST).text
    assert server.calls["generateContent"] == 4
    assert clock.now() - started == timedelta(seconds=1 + 2 + 4)


@pytest.mark.parametrize("reply", [unavailable(500), unavailable(502), unavailable(503), unavailable(504), dropped()])
def test_a_lasting_outage_is_to_be_retried_later(server: GeminiServer, make: Make, reply: Reply) -> None:
    server.script(reply, reply, answer(FORM))
    with pytest.raises(Retry) as outage:
        make(retries=1).answer(REQUEST)
    assert not isinstance(outage.value, RateLimited)
    assert server.calls["generateContent"] == 2


@pytest.mark.parametrize(
    "reply",
    [page(), page(502), page(503), Reply(200, b"[1, 2"), Reply(200, b'{"candidates": 7}'), Reply(200, b"7")],
)
def test_what_is_no_answer_of_the_api_is_to_be_retried_later(server: GeminiServer, make: Make, reply: Reply) -> None:
    server.script(reply)
    with pytest.raises(Retry):
        make(retries=0).answer(REQUEST)


def test_an_answer_that_comes_too_late_is_to_be_retried_later(server: GeminiServer, make: Make) -> None:
    server.script(slow(answer(FORM), 60))
    with pytest.raises(Retry, match="in time"):
        make(timeout=0.2).answer(REQUEST)
    assert server.calls["generateContent"] == 1


def test_nobody_listening_is_to_be_retried_later(clock: ManualClock) -> None:
    with GeminiServer() as gone:
        url = gone.url
    model = GeminiModel(
        ModelSettings(retries=0), Credentials(gemini_key=SecretStr(KEY), gemini_base_url=url), clock=clock
    )
    with pytest.raises(Retry, match="no connection"):
        model.answer(REQUEST)
    model.close()


@pytest.mark.parametrize(
    ("reply", "after"),
    [
        (rate_limited(), None),
        (rate_limited(retry_after="7"), 7.0),
        (rate_limited(retry_delay="34.5s"), 34.5),
        (rate_limited(retry_after="7", retry_delay="34s"), 7.0),
        (rate_limited(retry_after=format_datetime(ManualClock().now() + timedelta(seconds=90), usegmt=True)), 90.0),
        (rate_limited(retry_after="Fri, 01 Mar 2024 11:00:00 GMT"), 0.0),
        (rate_limited(retry_after="soon"), None),
    ],
)
def test_a_rate_limit_says_how_long_to_wait_where_the_api_did(
    server: GeminiServer, make: Make, reply: Reply, after: float | None
) -> None:
    server.script(reply)
    with pytest.raises(RateLimited) as limited:
        make(retries=0).answer(REQUEST)
    assert limited.value.after == after


def test_a_short_rate_limit_is_waited_out_as_long_as_it_says(
    server: GeminiServer, make: Make, clock: ManualClock
) -> None:
    started = clock.now()
    server.script(rate_limited(retry_delay="20s"), answer(FORM))
    make().answer(REQUEST)
    assert clock.now() - started == timedelta(seconds=20)


@pytest.mark.parametrize(("timeout", "retry_after"), [(240, "3600"), (10, "20")])
def test_a_wait_that_does_not_fit_into_the_call_is_left_to_the_caller(
    server: GeminiServer, make: Make, clock: ManualClock, timeout: float, retry_after: str
) -> None:
    started = clock.now()
    server.script(rate_limited(retry_after=retry_after))
    with pytest.raises(RateLimited) as limited:
        make(timeout=timeout).answer(REQUEST)
    assert limited.value.after == float(retry_after)
    assert clock.now() == started


def test_all_tries_and_waits_together_stay_within_the_time_of_a_call(
    server: GeminiServer, make: Make, clock: ManualClock
) -> None:
    started = clock.now()
    server.script(*[rate_limited(retry_after="25")] * 30)
    with pytest.raises(RateLimited):
        make(timeout=100, retries=20).answer(REQUEST)
    assert server.calls["generateContent"] == 4
    assert clock.now() - started == timedelta(seconds=75)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (invalid_key(), "check GEMINI_API_KEY"),
        (error(401, "UNAUTHENTICATED", "Said in confidence."), "credentials are not valid"),
        (error(403, "PERMISSION_DENIED", "Said in confidence."), "may not use this model"),
        (error(404, "NOT_FOUND", "models/gemini-9 is not found"), "no model called gemini-9"),
        (error(400, "FAILED_PRECONDITION", "User location is not supported."), "country and billing"),
        (error(400, "INVALID_ARGUMENT", "Said in confidence."), "refused the request"),
        (page(403), "refused the request"),
    ],
)
def test_what_can_never_work_is_rejected_in_one_clear_line(
    server: GeminiServer, make: Make, reply: Reply, said: str
) -> None:
    server.script(reply)
    with pytest.raises(Reject, match=said) as rejected:
        make(name="models/gemini-9").answer(REQUEST)
    assert "\n" not in str(rejected.value)
    assert server.calls["generateContent"] == 1


@pytest.mark.parametrize(
    "reply",
    [
        error(400, "INVALID_ARGUMENT", f"Said in confidence. {KEY}"),
        error(403, "PERMISSION_DENIED", f"Said in confidence. {KEY}"),
        error(429, "RESOURCE_EXHAUSTED", f"Said in confidence. {KEY}"),
        error(503, f"Said in confidence. {KEY}", "x"),
        Reply(200, f"Said in confidence. {KEY}".encode()),
        Reply(200, f'{{"candidates": "Said in confidence. {KEY}"}}'.encode()),
        answer(f"Said in confidence. {KEY}"),
        dropped(),
    ],
)
def test_neither_the_key_nor_the_chat_is_in_an_error_or_its_traceback(
    server: GeminiServer, make: Make, reply: Reply
) -> None:
    server.script(reply)
    with pytest.raises(EgregoraError) as raised:
        make(retries=0).answer(REQUEST)
    printed = "".join(traceback.format_exception(raised.value))
    assert "confidence" not in printed
    assert KEY not in printed


def test_tokens_are_counted_with_instructions_and_schema(server: GeminiServer, make: Make) -> None:
    assert make().count_tokens(REQUEST) > 0
    (sent,) = server.requests
    assert sent.path.endswith(":countTokens")
    preface, content = (part["parts"][0]["text"] for part in sent.body["contents"])
    assert preface.startswith("Write about it.")
    assert "observations" in preface
    assert content == "Said in confidence."


def test_vertex_ai_is_asked_with_google_credentials(server: GeminiServer, clock: ManualClock) -> None:
    model = GeminiModel(
        ModelSettings(),
        Credentials(vertex_project="project", vertex_location="europe-west1", gemini_base_url=server.url),
        clock=clock,
        google_credentials=GoogleCredentials(token="token"),  # type: ignore[no-untyped-call]
    )
    model.answer(REQUEST)
    model.count_tokens(REQUEST)
    for sent in server.requests:
        assert "/projects/project/locations/europe-west1/publishers/google/models/gemini-2.5-flash:" in sent.path
        assert sent.headers["authorization"] == "Bearer token"
    model.close()


def test_expired_google_credentials_are_rejected(server: GeminiServer, clock: ManualClock) -> None:
    model = GeminiModel(
        ModelSettings(),
        Credentials(vertex_project="project", gemini_base_url=server.url),
        clock=clock,
        google_credentials=GoogleCredentials(token=None),  # type: ignore[no-untyped-call]
    )
    with pytest.raises(Reject, match="Google credentials"):
        model.answer(REQUEST)
    model.close()


def test_a_lower_limit_may_be_set_but_no_higher_one(make: Make) -> None:
    assert make(max_input_tokens=1000).max_input_tokens == 1000
    assert make(max_input_tokens=1 << 30).max_input_tokens == make().max_input_tokens


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        (Credentials(), "GEMINI_API_KEY or GOOGLE_CLOUD_PROJECT"),
        (Credentials(gemini_key=SecretStr("kéy")), "check GEMINI_API_KEY"),
        (Credentials(gemini_key=SecretStr("key\nkey")), "check GEMINI_API_KEY"),
    ],
)
def test_credentials_that_cannot_work_are_rejected_at_once(credentials: Credentials, said: str) -> None:
    with pytest.raises(Reject, match=said):
        GeminiModel(ModelSettings(), credentials)


def test_an_address_that_is_none_is_rejected(clock: ManualClock) -> None:
    credentials = Credentials(gemini_key=SecretStr(KEY), gemini_base_url="gemini.example")
    model = GeminiModel(ModelSettings(), credentials, clock=clock)
    with pytest.raises(Reject, match="GOOGLE_GEMINI_BASE_URL"):
        model.answer(REQUEST)
    model.close()
