"""A sink that is a bucket of S3, or of a store that speaks like it, or what lies under a prefix of one.

A write names the ETag that was seen, or that there was nothing. A store that knows no such conditions says so, or lets
them be: then of two publishers at once the later wins, page by page, and it is for their caller to let one publish at a
time. Deletions carry no condition, for few stores know it of many at once; a file that another publisher put back
meanwhile is missed by the next publish and comes again.

The ETag of a file that S3 does not encrypt with a key of KMS is its MD5. From it the sink knows what is the same
without reading it, that what arrived is what was sent, and whether a write whose answer was lost was its own. Where
ETags are something else, files that their record does not vouch for are written anew.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from egregora.errors import Conflict, Retry
from egregora.folders import check_path, is_path
from egregora.sinks.objects import PARALLEL, Headers, ObjectSink, Seen, md5_of
from egregora.sinks.s3_faults import Missing, Unsupported, deletion_fault, translated

TRIES = 5
"""Tries of a call before it is given up, with growing pauses between."""
_TIMEOUTS = {"connect_timeout": 10, "read_timeout": 60}
"""Seconds."""
_BATCH = 1000
"""Deletions in one request, as many as S3 takes."""
_MD5 = re.compile("[0-9a-f]{32}")


class S3Sink(ObjectSink):
    """Files under `prefix` of the bucket `bucket`, shared safely by threads. The client is made on the first call.

    Credentials and region are found as boto3 finds them; `endpoint` is the address of a store other than Amazon's.
    A call is tried several times before it raises `Retry`. `Conflict` says that somebody else changed the path; after
    listing anew this sink may.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        name: str = "s3",
        endpoint: str | None = None,
        client: Any = None,
    ) -> None:
        super().__init__(prefix, name)
        self._bucket = bucket
        self._endpoint = endpoint
        self._client = client
        self._making = threading.Lock()
        self._conditional = True

    def delete_many(self, paths: Sequence[str]) -> int:
        """Remove files, up to a thousand in one request; returns how many were there."""
        there = [path for path in map(check_path, paths) if self._last(path)]
        for start in range(0, len(there), _BATCH):
            some = there[start : start + _BATCH]
            try:
                self._remove_batch(some)
            except Unsupported:
                return super().delete_many(paths)
            self._seen.update(dict.fromkeys(some))
        return len(there)

    def _fetch(self, key: str) -> tuple[bytes, Seen] | None:
        for _ in range(TRIES):  # boto3 tries again until an answer begins, not until it is there, whole and sound
            try:
                with translated():
                    answer = self._s3().get_object(Bucket=self._bucket, Key=key)
            except Missing:
                return None
            data, seen = _whole(answer["Body"]), _seen(answer)
            if data is not None and seen.md5 in {None, md5_of(data)}:
                return data, seen
        raise Retry("the object store gives damaged bytes")

    def _find(self, key: str) -> Seen | None:
        try:
            with translated():
                return _seen(self._s3().head_object(Bucket=self._bucket, Key=key))
        except Missing:
            return None

    def _put(self, key: str, data: bytes, md5: str, headers: Headers, seen: Seen | None) -> Seen:
        try:
            found = _seen(self._put_object(key, data, md5, headers, seen))
        except (Conflict, Missing):  # or a try whose answer was lost has taken effect
            now = self._find(key)
            if now is None or now.md5 != md5:
                raise Conflict("the object was written since it was read") from None
            return now
        if found.md5 not in {None, md5}:
            raise Retry("the object store was given damaged bytes")
        return found

    def _put_object(self, key: str, data: bytes, md5: str, headers: Headers, seen: Seen | None) -> Any:
        condition = {"IfMatch": seen.version} if seen else {"IfNoneMatch": "*"}
        try:
            with translated():
                return self._s3().put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=data,
                    ContentType=headers.content_type,
                    CacheControl=headers.cache_control,
                    ContentMD5=base64.b64encode(bytes.fromhex(md5)).decode(),
                    **(condition if self._conditional else {}),
                )
        except Unsupported:
            if not self._conditional:
                raise
            self._conditional = False
            return self._put_object(key, data, md5, headers, seen)

    def _remove(self, key: str, seen: Seen) -> None:
        with translated():
            self._s3().delete_object(Bucket=self._bucket, Key=key)

    def _remove_batch(self, paths: Sequence[str]) -> None:
        doomed = {"Objects": [{"Key": self._prefix + path} for path in paths], "Quiet": True}
        with translated():
            answer = self._s3().delete_objects(Bucket=self._bucket, Delete=doomed)
        if answer.get("Errors"):
            raise deletion_fault([error.get("Code", "") for error in answer["Errors"]])

    def _all(self, prefix: str) -> Iterator[tuple[str, Seen]]:
        asked = {"Bucket": self._bucket, "Prefix": prefix}
        while True:
            with translated():
                page = self._s3().list_objects_v2(**asked)
            yield from ((item["Key"], _seen(item)) for item in page.get("Contents", ()) if is_path(item["Key"]))
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _s3(self) -> Any:
        with self._making:
            if self._client is None:
                self._client = _new_client(self._endpoint)
            return self._client


def _new_client(endpoint: str | None) -> Any:
    """A client that says of its own accord no more than older stores understand."""
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(
        **_TIMEOUTS,
        s3={"addressing_style": "path" if endpoint else "auto"},  # elsewhere, buckets seldom have hosts of their own
        max_pool_connections=2 * PARALLEL,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client("s3", endpoint_url=endpoint, config=config)


def _whole(body: Any) -> bytes | None:
    """An answer's body; None where it breaks off."""
    try:
        with translated():
            data: bytes = body.read()
            return data
    except Retry:
        return None


def _seen(described: Any) -> Seen:
    """What an answer, or a line of a listing, says of an object."""
    tag = described["ETag"].strip('"')
    plain = _MD5.fullmatch(tag) and not described.get("ServerSideEncryption", "").startswith("aws:kms")
    return Seen(described["ETag"], tag if plain else None)
