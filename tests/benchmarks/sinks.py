"""What delivering to each sink takes: a whole site of thousands of posts, then one window that changed.

    python -m benchmarks.sinks        (from tests/)

Each delivery is a process of its own, measured by the kernel. Objects are counted where they arrive: at the servers
that stand in for the stores, in their relay. Their speed is not the stores' own, so times compare sinks, no more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archive import read, write
from benchmarks.process import Measured, measure
from egregora.sinks.opening import open_sink
from egregora.site.build import build_site
from egregora.site.deliver import deliver
from servers.relay import RelayServer

POSTS = 5_000


@dataclass(frozen=True)
class Place:
    """Where to deliver: its URL, what a process must find in its environment, and who counts."""

    to: str
    environment: dict[str, str] = field(default_factory=dict)
    server: RelayServer | None = None


def main(archive: str, to: str, moment: str) -> None:
    """Deliver, or but read what would be delivered: what the measured process does."""
    site = read(Path(archive), changed=moment == "changed")
    if to:
        deliver(build_site(site), open_sink(to, name="bench", folder=Path()))


@contextmanager
def folder() -> Iterator[Place]:
    """A folder."""
    with TemporaryDirectory(prefix="egregora-sinks-") as place:
        yield Place(f"file:{place}/site")


@contextmanager
def gcs() -> Iterator[Place]:
    """A bucket of Cloud Storage."""
    from servers.storage import storage_server

    with storage_server(on_disk=True) as server:
        environment = {**server.environment, "GOOGLE_CLOUD_PROJECT": "test"}
        yield Place(f"gs://{server.make_bucket()}/site", environment, server)


@contextmanager
def s3() -> Iterator[Place]:
    """A bucket of S3."""
    from servers.s3 import s3_server

    with s3_server() as server:
        yield Place(f"s3://{server.make_bucket()}/site", server.environment, server)


PLACES = {"folder": folder, "gcs": gcs, "s3": s3}


def figures(posts: int = POSTS) -> dict[str, float]:
    """Of each sink: seconds, MiB and objects written of a whole delivery, and of one changed window.

    `cards_alone_peak_mib` is what a process takes that delivers nothing.
    """
    found: dict[str, float] = {}
    with TemporaryDirectory(prefix="egregora-archive-") as archive:
        write(Path(archive), posts)
        for name, opened in PLACES.items():
            with opened() as place:
                for moment in ("whole", "changed"):
                    found |= {
                        f"{name}_{moment}_{key}": value for key, value in _delivery(archive, place, moment).items()
                    }
        found["cards_alone_peak_mib"] = round(_measured(archive, Place(""), "whole").peak)
    return found


def _delivery(archive: str, place: Place, moment: str) -> dict[str, float]:
    if place.server:
        place.server.reset()
    done = _measured(archive, place, moment)
    found = {"seconds": round(done.wall, 1), "cpu_seconds": round(done.cpu, 1), "peak_mib": round(done.peak)}
    if place.server:
        found["written"] = sum(request.kind == "write" for request in place.server.requests)
    return found


def _measured(archive: str, place: Place, moment: str) -> Measured:
    return measure([sys.executable, "-m", "benchmarks.sinks", archive, place.to, moment], env=place.environment)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        main(*sys.argv[1:])
    else:
        print(json.dumps(figures(int(sys.argv[1]) if len(sys.argv) > 1 else POSTS), indent=1))
