"""PostgreSQL for tests: Debian's server on a socket of its own in a temporary folder, as somebody other than root.

    url = shared_postgres().make_database()

It trusts the superuser, and asks everybody else for a password.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from servers.tools import lacking, serving, until_exit

SUPERUSER = "egregora"
_ACCESS = f"local all {SUPERUSER} trust\nlocal all all scram-sha-256\n"
_SWIFT = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
"""Nothing here has to outlive a power cut."""


class Postgres:
    """A running server. Databases are made as they are asked for."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def make_database(self) -> str:
        """The URL of a new and empty database."""
        name = f"chat{next(self._numbers)}"
        with self.connection() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return self.url(name)

    def url(self, database: str, *, user: str = SUPERUSER, password: str = "") -> str:
        """The URL of a database, which may or may not be there, for a user."""
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@/{database}?host={self._socket}"

    @contextmanager
    def connection(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A connection of the superuser's, each statement a transaction of its own."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            yield connection


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a server until the block ends."""
    programs = _programs()
    with TemporaryDirectory(prefix="egregora-postgres-") as name:
        folder = Path(name)
        owner = _owner(folder)
        data = folder / "data"
        made = subprocess.run(
            [*owner, programs / "initdb", "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust",
             f"--username={SUPERUSER}", "--pgdata", data],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr[-2000:]}")
        (data / "pg_hba.conf").write_text(_ACCESS)
        options = [option for name, value in _SWIFT.items() for option in ("-c", f"{name}={value}")]
        command = [*owner, str(programs / "postgres"), "-D", str(data), "-k", name, "-h", "", *options]
        server = Postgres(folder)
        with serving(command, ready=lambda: _answers(server), log=folder / "log"):
            yield server


@cache
def shared_postgres() -> Postgres:
    """This test process's server, started on first use."""
    return until_exit(postgres_server())


def _answers(server: Postgres) -> bool:
    try:
        with server.connection():
            return True
    except psycopg.OperationalError:
        return False


def _programs() -> Path:
    """Where the newest server on this machine has its programs: Debian keeps them out of the way."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    if found is None:
        lacking("PostgreSQL", "install Debian's package postgresql")
    return Path(found).parent


def _owner(folder: Path) -> list[str]:
    """What to put before a command: the server will not run as root, and then runs as the owner of `folder`."""
    if os.geteuid():
        return []
    name = next((name for name in ("postgres", "nobody") if _known(name)), None)
    if name is None or shutil.which("setpriv") is None:
        lacking("a user for PostgreSQL", "run the tests as somebody other than root")
    user = pwd.getpwnam(name)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
