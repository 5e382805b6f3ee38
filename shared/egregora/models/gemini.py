"""Gemini, through google-genai: by API key, or through Vertex AI with a Google Cloud project.

Time and retries are ours, not the library's: a call, with all its tries and the waits between them, ends within
`ModelSettings.timeout`. How errors are told apart stands in :mod:`egregora.models.gemini_faults`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from egregora.clock import Clock, SystemClock
from egregora.errors import Block, Reject, Retry
from egregora.journal import Usage
from egregora.models import Answer, Request
from egregora.models.gemini_faults import api_fault, transport_errors, transport_fault
from egregora.models.spoilt import SpoiltAnswer
from egregora.settings import Credentials, ModelSettings

if TYPE_CHECKING:
    from google.auth.credentials import Credentials as GoogleCredentials
    from google.genai import types

T = TypeVar("T")

INPUT_LIMIT = 1_048_576
"""Tokens that Gemini models take; the API refuses what is above a lower limit of its own."""

_RANDOM = random.SystemRandom()
_LONGEST_WAIT = 60.0
_MILLION = 1_000_000
_BLOCKED = {
    "SAFETY": "safety",
    "RECITATION": "recitation",
    "PROHIBITED_CONTENT": "prohibited content",
    "BLOCKLIST": "blocked words",
    "SPII": "personal data",
    "LANGUAGE": "language",
    "MODEL_ARMOR": "model armor",
    "JAILBREAK": "jailbreak",
    "ESCALATION": "escalation",
    "IMAGE_SAFETY": "safety",
}


class GeminiModel:
    """A Gemini model. Safe to use from several threads at once.

    `name` is the model's own, as all else that shapes an answer is part of the request. `google_credentials` are
    those of Vertex AI; None: the application default ones. Raises `Reject` where neither key nor project is at hand.
    """

    def __init__(
        self,
        settings: ModelSettings,
        credentials: Credentials,
        *,
        clock: Clock | None = None,
        jitter: Callable[[], float] = _RANDOM.random,
        google_credentials: GoogleCredentials | None = None,
    ) -> None:
        try:
            from google import genai
        except ModuleNotFoundError as error:
            raise Reject("the gemini model needs google-genai; install egregora[gcp]") from error
        self.name = settings.name.removeprefix("models/")
        self.max_input_tokens = min(settings.max_input_tokens or INPUT_LIMIT, INPUT_LIMIT)
        self._settings = settings
        self._clock = clock or SystemClock()
        self._jitter = jitter
        self._faults = _Faults()
        options = genai.types.HttpOptions(
            base_url=credentials.gemini_base_url, retry_options=genai.types.HttpRetryOptions(attempts=1)
        )
        if credentials.gemini_key is not None:
            key = credentials.gemini_key.get_secret_value().strip()
            if not (key.isascii() and key.isprintable() and key):
                raise Reject("the API key holds characters that no key has; check GEMINI_API_KEY")
            self._client = genai.Client(vertexai=False, api_key=key, http_options=options)
        elif credentials.vertex_project:
            self._client = genai.Client(
                vertexai=True,
                project=credentials.vertex_project,
                location=credentials.vertex_location or "global",
                credentials=google_credentials,
                http_options=options,
            )
        else:
            raise Reject("the gemini model needs GEMINI_API_KEY or GOOGLE_CLOUD_PROJECT to be set")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def count_tokens(self, request: Request) -> int:
        """Count a request's input tokens, instructions and schema included; one call, not billed."""
        from google.genai import types

        preface = f"{request.instructions}\n{json.dumps(answer_schema(request.schema))}"
        contents = [types.UserContent(preface), *_contents(request)]

        def send(options: types.HttpOptions) -> int:
            config = types.CountTokensConfig(http_options=options)
            counted = self._client.models.count_tokens(model=self.name, contents=contents, config=config)
            return counted.total_tokens or 0

        return self._within_bounds(send)

    def answer(self, request: Request) -> Answer:
        """Answer a request; raises as `Model.answer` says, a `BadAnswer` being a `SpoiltAnswer` with what came."""
        contents = _contents(request)

        def send(options: types.HttpOptions) -> types.GenerateContentResponse:
            config = _config(request, options)
            return self._client.models.generate_content(model=self.name, contents=contents, config=config)

        return self._read(self._within_bounds(send))

    def _within_bounds(self, send: Callable[[types.HttpOptions], T]) -> T:
        """Send, and send again on a rate limit or outage, until tries or time are used up."""
        from google.genai import types

        end = self._clock.now() + timedelta(seconds=self._settings.timeout)
        tried = 0
        while True:
            left = (end - self._clock.now()).total_seconds()
            try:
                return self._send_once(send, types.HttpOptions(timeout=max(1, int(left * 1000))))
            except Retry as fault:
                wait = fault.after if fault.after is not None else min(2.0**tried, 30.0) * (0.5 + self._jitter() / 2)
                tried += 1
                left = (end - self._clock.now()).total_seconds()
                if tried > self._settings.retries or wait > min(left - 1, _LONGEST_WAIT):
                    raise
                self._clock.sleep(wait)

    def _send_once(self, send: Callable[[types.HttpOptions], T], options: types.HttpOptions) -> T:
        faults = self._faults
        # Causes are cut off: they hold the API's message, or an answer, and would be printed in a traceback.
        try:
            return send(options)
        except faults.api as error:
            raise api_fault(error, self.name, self._clock.now()) from None
        except faults.transport as error:
            raise transport_fault(error) from None
        except faults.google_transport:
            raise Retry("no connection to Google's sign-in") from None
        except faults.google_auth:
            raise Reject("no valid Google credentials; run gcloud auth application-default login") from None
        except (ValueError, TypeError, AttributeError, KeyError):  # how the library meets a body it did not expect
            raise Retry("what answered is not the Gemini API, or its answer was damaged") from None

    def _read(self, response: types.GenerateContentResponse) -> Answer:
        """Find the JSON in a response. Raises `Block` or `SpoiltAnswer`."""
        usage = self._usage(response)
        feedback = response.prompt_feedback
        if feedback is not None and feedback.block_reason is not None and not response.candidates:
            raise Block(f"refused by the model: {_BLOCKED.get(feedback.block_reason.value, 'other')}")
        candidate = response.candidates[0] if response.candidates else None
        reason = candidate.finish_reason.value if candidate and candidate.finish_reason else "STOP"
        if reason in _BLOCKED:
            raise Block(f"refused by the model: {_BLOCKED[reason]}")
        parts = (candidate.content.parts if candidate and candidate.content else None) or []
        text = "".join(part.text for part in parts if part.text and not part.thought)
        if reason == "MAX_TOKENS":
            # Not kept for the repair: half an answer would only make the next request longer.
            raise SpoiltAnswer("the answer was cut off", Answer("", usage))
        if not text.strip():
            raise SpoiltAnswer("the answer is empty", Answer("", usage))
        found = _json_in(text)
        if found is None:
            raise SpoiltAnswer("the answer is no JSON", Answer(text, usage))
        return Answer(found, usage)

    def _usage(self, response: types.GenerateContentResponse) -> Usage:
        """Tokens and cost of a call: thoughts count as output; what was cached counts, and costs, as input in full."""
        counts = response.usage_metadata
        if counts is None:
            return Usage(calls=1)
        given = (counts.prompt_token_count or 0) + (counts.tool_use_prompt_token_count or 0)
        made = (counts.candidates_token_count or 0) + (counts.thoughts_token_count or 0)
        cost = (given * self._settings.price_input + made * self._settings.price_output) / _MILLION
        return Usage(given, made, cost, calls=1)


class _Faults:
    """The error classes of the libraries beneath, looked up once."""

    def __init__(self) -> None:
        from google.auth import exceptions
        from google.genai import errors

        self.api = errors.APIError
        self.transport = transport_errors()
        self.google_transport = exceptions.TransportError
        self.google_auth = exceptions.GoogleAuthError


def _config(request: Request, options: types.HttpOptions) -> types.GenerateContentConfig:
    from google.genai import types

    config = types.GenerateContentConfig(
        http_options=options,
        system_instruction=request.instructions,
        temperature=request.temperature,
        response_mime_type="application/json",
        response_json_schema=answer_schema(request.schema),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    if "automatic_continuation" in types.GenerateContentConfig.model_fields:
        # Each continuation would be another request with a time limit of its own.
        config.automatic_continuation = False
    return config


def _contents(request: Request) -> list[Any]:
    from google.genai import types

    contents: list[Any] = [types.UserContent(request.content)]
    if request.repair:
        last, wrong = request.repair
        if last:
            contents.append(types.ModelContent(last))
        contents.append(types.UserContent(wrong))
    return contents


@lru_cache(maxsize=16)
def answer_schema(form: type[BaseModel]) -> dict[str, Any]:
    """A form's JSON schema as Gemini takes it: without defaults and titles, and with every field required.

    A field that may be left out is left out, and a reference left out takes its entry with it.
    """
    schema = _bound(form.model_json_schema())
    assert isinstance(schema, dict)  # noqa: S101 - an object's schema is one
    return schema


def _bound(node: Any) -> Any:
    if isinstance(node, list):
        return [_bound(item) for item in node]
    if not isinstance(node, dict):
        return node
    bound: dict[str, Any] = {}
    for key, value in node.items():
        if key in {"properties", "$defs"}:
            bound[key] = {name: _bound(item) for name, item in value.items()}
        elif key not in {"default", "title"}:
            bound[key] = _bound(value)
    if "properties" in bound:
        bound["required"] = list(bound["properties"])
    return bound


def _json_in(text: str) -> str | None:
    """The JSON object in an answer, with words or a code fence around it or not; None where there is none."""
    stripped = text.strip()
    start = stripped.find("{")
    if start < 0:
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(stripped, start)
    except ValueError:
        return None
    return stripped[start:end]
