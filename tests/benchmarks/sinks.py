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
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.process import measure
from benchmarks.site_growth import catalogue, windows
from egregora.documents import WindowDocument
from egregora.sinks.opening import open_sink
from egregora.site import SiteInput
from egregora.site.build import build_site
from egregora.site.deliver import deliver
from servers.relay import RelayServer

POSTS = 5_000


@dataclass(frozen=True)
class Place:
    """Where to deliver: its URL, what a process must find in its environment, and who counts."""

    to: str
    environment: dict[str, str]
    server: RelayServer | None = None


def sites(posts: int) -> tuple[SiteInput, SiteInput]:
    """A site of `posts`, and the same with one window in its middle written anew: other words, other topics."""
    documents = list(windows(posts + 1))
    *documents, other = documents
    place = posts // 2
    return catalogue(documents), catalogue(
        [*documents[:place], _rewritten(documents[place], other), *documents[place + 1 :]]
    )


def _rewritten(old: WindowDocument, other: WindowDocument) -> WindowDocument:
    """The window in the place of `old`, with what was written about it as of `other`."""
    post = other.posts[0].model_copy(
        update={"id": old.posts[0].id, "date": old.posts[0].date, "people": old.posts[0].people}
    )
    return old.model_copy(update={"posts": (post,), "enrichment": other.enrichment, "notes": other.notes})


def main(to: str, posts: str, changed: str) -> None:
    """Deliver one of the two sites: what the measured process does."""
    site = sites(int(posts))[changed == "changed"]
    deliver(build_site(site), open_sink(to, name="bench", folder=Path.cwd()))


@contextmanager
def folder() -> Iterator[Place]:
    """A folder."""
    with TemporaryDirectory(prefix="egregora-sinks-") as place:
        yield Place(f"file:{place}/site", {})


@contextmanager
def gcs() -> Iterator[Place]:
    """A bucket of Cloud Storage."""
    from servers.storage import storage_server

    with storage_server() as server:
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
    """Of each sink: seconds, MiB and objects written of a whole delivery, and of one changed window."""
    found: dict[str, float] = {"posts": posts}
    for name, opened in PLACES.items():
        with opened() as place:
            for moment in ("whole", "changed"):
                if place.server:
                    place.server.reset()
                command = [sys.executable, "-m", "benchmarks.sinks", place.to, str(posts), moment]
                done = measure(command, env=place.environment)
                found[f"{name}_{moment}_seconds"] = round(done.wall, 1)
                found[f"{name}_{moment}_cpu_seconds"] = round(done.cpu, 1)
                found[f"{name}_{moment}_peak_mib"] = round(done.peak)
                if place.server:
                    found[f"{name}_{moment}_written"] = sum(r.kind == "write" for r in place.server.requests)
    return found


if __name__ == "__main__":
    if len(sys.argv) == 4:
        main(*sys.argv[1:])
    else:
        print(json.dumps(figures(int(sys.argv[1]) if len(sys.argv) > 1 else POSTS), indent=1))
