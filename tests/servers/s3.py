"""S3 for tests: moto's server behind a relay that counts what passes and can be told to fail.

    with s3_server() as server:
        sink = S3Sink(server.make_bucket(), client=server.client())
        server.fail(refusal("write", 503, body=error("SlowDown")), broken("read", 100))
        ...
        server.counts["PUT", "write"]

moto looks at a condition and writes in two steps, so that two at once may both be let through; here writes come one at
a time. Conditions are kept, and an ETag is the MD5 of the bytes; what a request says they hash to is not looked at.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from servers.relay import Asked, RelayServer
from servers.tools import answers, free_port, serving, until_exit

_ACCOUNT = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
_KINDS = {"PUT": "write", "GET": "read", "HEAD": "stat", "DELETE": "delete"}


def error(code: str) -> bytes:
    """The body of a refusal."""
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>as told</Message></Error>".encode()


class S3Server(RelayServer):
    """The relay."""

    one_at_a_time = frozenset({"write"})

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream)
        self._numbers = itertools.count(1)

    @property
    def environment(self) -> dict[str, str]:
        """What a process's environment must hold so that boto3 comes here."""
        names = {name.upper(): value for name, value in _ACCOUNT.items() if name != "region_name"}
        return {**names, "AWS_DEFAULT_REGION": _ACCOUNT["region_name"], "AWS_ENDPOINT_URL_S3": self.url}

    def client(self) -> Any:
        """A client of the test's own, which tries once and says no more than older stores understand."""
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config  # type: ignore[import-untyped]

        config = Config(
            retries={"total_max_attempts": 1},
            max_pool_connections=32,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return boto3.client("s3", endpoint_url=self.url, config=config, **_ACCOUNT)

    def make_bucket(self) -> str:
        """Make an empty bucket and return its name."""
        name = f"bucket-{next(self._numbers)}"
        self.client().create_bucket(Bucket=name)
        return name

    def understood(self, method: str, target: str, body: bytes) -> Asked:
        """The kind by method: a path names bucket and object."""
        parts = urlsplit(target)
        query = MappingProxyType(dict(parse_qsl(parts.query, keep_blank_values=True)))
        bucket, _, name = unquote(parts.path).removeprefix("/").partition("/")
        if name:
            kind = _KINDS.get(method, "other")
        else:
            kind = "list" if "list-type" in query else "deletes" if "delete" in query else "bucket"
        return Asked(kind, bucket, name, query)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run a server, empty at first, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (
        TemporaryDirectory() as folder,
        serving(command, ready=lambda: answers(port, "/moto-api/data.json"), log=Path(folder, "log")),
        S3Server(f"127.0.0.1:{port}").running() as server,
    ):
        yield server


@cache
def shared_s3() -> S3Server:
    """The one server of this test process, started on first use and stopped at its end."""
    return until_exit(s3_server())
