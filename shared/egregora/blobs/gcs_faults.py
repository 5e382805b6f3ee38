"""What Cloud Storage's refusals mean: from what google-cloud-storage raises to what the caller must do.

    404                                        NotFound
    409, 412                                   Conflict
    429                                        RateLimited(after)
    408, 410, 5xx, no answer, damaged bytes    Retry(after)
    any other status, credentials              Reject

Messages are made of our words and the status alone: addresses hold the names of uploads, which may be people's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from egregora.errors import Conflict, EgregoraError, NotFound, RateLimited, Reject, Retry

_PASSING = frozenset({408, 410})


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the block raises as one of our errors."""
    from http.client import HTTPException

    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.exceptions import DataCorruption  # type: ignore[import-untyped]
    from urllib3.exceptions import HTTPError

    try:
        yield
    except GoogleAPICallError as error:
        raise _answer_fault(error) from None
    except GoogleAuthError as error:
        raise _credentials_fault(error) from None
    except DataCorruption:
        raise Retry("Cloud Storage gave damaged bytes") from None
    except (OSError, HTTPException, HTTPError) as error:
        raise Retry(f"no answer from Cloud Storage ({type(error).__name__})") from None


def _answer_fault(error: Any) -> EgregoraError:
    code, headers = int(error.code), getattr(error.response, "headers", {})
    said = headers.get("Retry-After", "")
    after = float(said) if said.isdecimal() else None
    if code == 404:
        return NotFound("there is no such object, or that generation of it is gone")
    if code in {409, 412}:
        return Conflict("the object was written since it was read")
    if code == 429:
        return RateLimited("Cloud Storage asks for fewer requests (429)", after=after)
    if code in _PASSING or code >= 500:
        return Retry(f"Cloud Storage is unavailable ({code})", after=after)
    if code in {401, 403}:
        return Reject(f"Cloud Storage refuses this account ({code}); check its roles on the bucket")
    return Reject(f"Cloud Storage refuses the request ({code})")


def _credentials_fault(error: Any) -> EgregoraError:
    kind = type(error).__name__
    if kind == "TransportError" or error.retryable:
        return Retry(f"no answer from Google about the credentials ({kind})")
    return Reject(f"no valid Google credentials ({kind}); run: gcloud auth application-default login")
