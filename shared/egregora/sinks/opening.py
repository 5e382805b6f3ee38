"""From a URL to the sink that it names. Nothing is sent: services are first spoken to when something is delivered.

    file:FOLDER    gs://BUCKET/PREFIX    s3://BUCKET/PREFIX?endpoint=ADDRESS    any scheme that a package offers

Messages never hold a URL, for a password may stand in it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from egregora.errors import Reject
from egregora.folders import check_path
from egregora.sinks import Sink
from egregora.sinks.folder import FolderSink

if TYPE_CHECKING:
    from egregora.sinks.database import DatabaseSink

SCHEMES = ("file", "gs", "s3")


def open_sink(to: str, *, name: str, folder: Path | None) -> Sink:
    """Open a place for files. A relative `file:` lies below `folder`; without one there are no folders to deliver to.

    Raises `Reject` where the URL is none, or of a kind that is not known.
    """
    scheme = to.partition(":")[0].lower()
    if scheme == "file":
        return FolderSink(_folder(to, folder), name=name)
    if scheme == "gs":
        from egregora.sinks.gcs import GcsSink

        bucket, prefix, _ = _bucket(to)
        return GcsSink(bucket, prefix=prefix, name=name)
    if scheme == "s3":
        from egregora.sinks.s3 import S3Sink

        bucket, prefix, options = _bucket(to, options={"endpoint"})
        return S3Sink(bucket, prefix, name=name, endpoint=options.get("endpoint"))
    from egregora.plugins import load, offered

    others = offered("egregora.sinks")
    if scheme not in others:
        raise Reject(f"no sink is called {scheme}: there are {', '.join((*SCHEMES, *others))}")
    made: Sink = load(others[scheme])(to, name=name)
    return made


def open_database(to: str, *, name: str) -> DatabaseSink:
    """Open a database by SQLAlchemy's URL. Raises `Reject` where the URL is none, or SQLAlchemy is not installed."""
    if to.partition(":")[0].lower() in SCHEMES:
        raise Reject("a database has a URL such as sqlite:////srv/club.sqlite or postgresql+psycopg://HOST/DATABASE")
    if find_spec("sqlalchemy") is None:
        raise Reject("databases need SQLAlchemy: pip install 'egregora[sql]'")
    from egregora.sinks.database import DatabaseSink

    return DatabaseSink(to, name=name)


def _folder(to: str, below: Path | None) -> Path:
    if below is None:
        raise Reject("file: names a folder of one machine, and functions in the cloud have none")
    path = to.partition(":")[2]
    if path.startswith("//") and not path.startswith("///"):
        raise Reject("file: takes a path, as in file:/srv/club or file:///srv/club, and no host")
    return below / Path(path.removeprefix("//")).expanduser()


def _bucket(to: str, *, options: frozenset[str] | set[str] = frozenset()) -> tuple[str, str, dict[str, str]]:
    """Bucket, prefix (ending in a slash unless it is empty), and what stands behind the question mark."""
    parts = urlsplit(to)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "@" in parts.netloc:
        raise Reject(f"{parts.scheme}: takes no user or password: credentials are found as its library finds them")
    if not parts.netloc or parts.fragment or not given.keys() <= options:
        known = "".join(f", then perhaps ?{option}=..." for option in options)
        raise Reject(f"{parts.scheme}: is followed by //BUCKET or //BUCKET/PREFIX{known}")
    prefix = parts.path.strip("/")
    return parts.netloc, f"{check_path(prefix)}/" if prefix else "", given
