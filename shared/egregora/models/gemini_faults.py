"""What the Gemini API's refusals mean: from what google-genai raises to what the caller must do.

    400 naming the token limit, 413                Split
    429                                            RateLimited(after)
    408, 499, 5xx, timeouts, broken connections    Retry(after)
    any other status, credentials                  Reject

Messages are made of our words, the status and Google's reason codes alone: the API's own message may repeat a piece of
the conversation, and reaches no log.
"""

from __future__ import annotations

import importlib
import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from egregora.errors import EgregoraError, RateLimited, Reject, Retry, Split

if TYPE_CHECKING:
    from google.genai.errors import APIError

_OVERFLOW = re.compile(
    r"token count\b.{0,80}?\b(?:exceeds|only supports)|exceeds the maximum number of (?:input )?tokens"
    r"|(?:prompt|input) is too long|payload size exceeds",
    re.IGNORECASE | re.DOTALL,
)
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s?")
_PASSING = frozenset({408, 499})
_ADVICE = {
    "API_KEY_INVALID": "the API key is not valid; check GEMINI_API_KEY",
    "API_KEY_SERVICE_BLOCKED": "the API key may not be used for Gemini; lift its restrictions or make another",
    "SERVICE_DISABLED": "the Gemini API is switched off in this project; enable it in the Google Cloud console",
    "BILLING_DISABLED": "this project has no billing account",
    "FAILED_PRECONDITION": "the Gemini API is not open to this account; check its country and billing",
    "UNAUTHENTICATED": "the credentials are not valid; check GEMINI_API_KEY or sign in to Google Cloud again",
    "PERMISSION_DENIED": "the key or account may not use this model",
}


def transport_errors() -> tuple[type[Exception], ...]:
    """The base errors of whichever HTTP libraries google-genai may be using."""
    found: list[type[Exception]] = []
    for module, name in (("httpx2", "TransportError"), ("httpx", "TransportError"), ("requests", "RequestException")):
        try:
            found.append(getattr(importlib.import_module(module), name))
        except ModuleNotFoundError:
            continue
    return tuple(found)


def transport_fault(error: Exception) -> EgregoraError:
    """What a request that got no answer means."""
    kind = type(error).__name__
    if kind in {"UnsupportedProtocol", "InvalidURL", "InvalidSchema", "MissingSchema"}:
        return Reject("the address of the Gemini API is not a web address; check GOOGLE_GEMINI_BASE_URL")
    return Retry("the model did not answer in time" if "Timeout" in kind else f"no connection to the model ({kind})")


def api_fault(error: APIError, model: str, now: datetime) -> EgregoraError:
    """What an answer with an error status means."""
    body = _body(error.details)
    message = body.get("message")
    if error.code == 413 or (error.code == 400 and isinstance(message, str) and _OVERFLOW.search(message)):
        return Split("the model refused the request as too large")
    after = _after(error, body, now)
    codes = _codes(body)
    said = " ".join([str(error.code), *codes])
    if error.code == 429:
        return RateLimited(f"the model asks for fewer requests ({said})", after=after)
    if error.code in _PASSING or error.code >= 500:
        return Retry(f"the model is unavailable ({said})", after=after)
    if error.code == 404:
        return Reject(f"there is no model called {model} at this address ({said}); check model.name in egregora.toml")
    advice = next((_ADVICE[code] for code in reversed(codes) if code in _ADVICE), "the model refused the request")
    return Reject(f"{advice} ({said})")


def _body(details: Any) -> dict[str, Any]:
    """The error within a response: under ``error``, or bare, or written as JSON into a message once more."""
    if isinstance(details, dict) and isinstance(details.get("error"), dict):
        details = details["error"]
    if not isinstance(details, dict):
        return {}
    message = details.get("message")
    if isinstance(message, str) and message.lstrip().startswith("{"):
        try:
            nested = json.loads(message)
        except ValueError:
            return details
        return _body(nested) or details
    return details


def _codes(body: dict[str, Any]) -> list[str]:
    """The status, and the reasons in the details, each a constant of Google's."""
    found = [body.get("status"), *(item.get("reason") for item in _details(body))]
    return [code for code in dict.fromkeys(found) if isinstance(code, str) and _CODE.fullmatch(code)]


def _details(body: dict[str, Any]) -> list[dict[str, Any]]:
    details = body.get("details")
    return [item for item in details if isinstance(item, dict)] if isinstance(details, list) else []


def _after(error: APIError, body: dict[str, Any], now: datetime) -> float | None:
    """Seconds to wait: as Retry-After says (seconds or a date), or else a RetryInfo among the details."""
    headers = getattr(error.response, "headers", None)
    named = headers.get("retry-after") if headers is not None else None
    for value in (named, *(item.get("retryDelay") for item in _details(body))):
        seconds = _seconds(value, now) if isinstance(value, str) else None
        if seconds is not None:
            return seconds
    return None


def _seconds(value: str, now: datetime) -> float | None:
    if match := _SECONDS.fullmatch(value.strip()):
        return float(match[1])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - now).total_seconds()) if moment.tzinfo else None
