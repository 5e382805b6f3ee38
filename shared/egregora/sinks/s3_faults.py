"""What S3's refusals mean: from what boto3 raises to what the caller must do.

    404                                              Missing, within the sink; Reject where the bucket is
    409, 412                                         Conflict
    429, SlowDown, throttling                        RateLimited(after)
    408, 5xx, damaged bytes, no answer               Retry(after)
    501                                              Unsupported, within the sink; else Reject
    any other status, credentials, a wrong address   Reject

Messages are made of our words, the status and the error's code alone: addresses may hold names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from egregora.errors import Conflict, EgregoraError, NotFound, RateLimited, Reject, Retry

_THROTTLED = frozenset({"SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "RequestLimitExceeded"})
_PASSING = frozenset({"BadDigest", "IncompleteBody", "InternalError", "RequestTimeout", "XAmzContentSHA256Mismatch"})
_DENIED = "check the permissions of its credentials on the bucket"


class Missing(NotFound):
    """There is no such object."""


class Unsupported(Reject):
    """The object store does not know this request."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the block raises as one of our errors."""
    try:
        from botocore import exceptions as boto  # type: ignore[import-untyped]
        from urllib3.exceptions import HTTPError
    except ImportError:
        raise Reject("sinks in S3 need boto3: pip install 'egregora[s3]'") from None
    try:
        yield
    except boto.ClientError as error:
        raise _answer_fault(error) from None
    except (boto.ChecksumError, boto.FlexibleChecksumError):
        raise Retry("the object store gave damaged bytes") from None
    except (boto.ConnectionError, boto.HTTPClientError, boto.IncompleteReadError, HTTPError, OSError) as error:
        raise Retry(f"no answer from the object store ({type(error).__name__})") from None
    except boto.BotoCoreError as error:  # no credentials, no region, a bucket's name that is none
        raise Reject(f"boto3 cannot reach the object store as it is set up ({type(error).__name__})") from None


def deletion_fault(codes: Sequence[str]) -> EgregoraError:
    """What it means that some of many files were not deleted, each for the reason of its code."""
    told = f"the object store left {len(codes)} files undeleted ({', '.join(sorted(set(codes)))})"
    return Reject(f"{told}; {_DENIED}") if "AccessDenied" in codes else Retry(told)


def _answer_fault(error: Any) -> EgregoraError:
    answer = error.response.get("ResponseMetadata", {})
    code, status = error.response.get("Error", {}).get("Code", ""), int(answer.get("HTTPStatusCode", 0))
    said = answer.get("HTTPHeaders", {}).get("retry-after", "")
    after = float(said) if said.isdecimal() else None
    told = f"{status} {code}" if code and code != str(status) else str(status)
    fault: EgregoraError
    if status in {409, 412}:
        fault = Conflict("the object was written since it was read")
    elif status == 429 or code in _THROTTLED:
        fault = RateLimited(f"the object store asks for fewer requests ({told})", after=after)
    elif status == 501:
        fault = Unsupported(f"the object store does not know this request ({told})")
    elif status == 408 or status >= 500 or code in _PASSING:
        fault = Retry(f"the object store is unavailable ({told})", after=after)
    elif code == "NoSuchBucket":
        fault = Reject("there is no such bucket")
    elif status == 404:
        fault = Missing()
    elif status in {401, 403}:
        fault = Reject(f"the object store refuses this account ({told}); {_DENIED}")
    else:
        fault = Reject(f"the object store refuses the request ({told})")
    return fault
