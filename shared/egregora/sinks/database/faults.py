"""What a database's errors mean for us. Theirs may quote rows and addresses: none of their words are passed on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from egregora.errors import Conflict, EgregoraError, Reject, Retry

_CONFLICTS = {"40001", "40P01"}
"""PostgreSQL: two transactions stood in each other's way, and this one was given up."""

_REFUSALS = {
    "28": "does not let us in",
    "3D": "does not exist",
    "3F": "has no such schema",
    "42501": "does not let us do that",
    "42P07": "has tables of another owner that are called as ours: give us a schema of our own",
    "25006": "cannot be written to",
    "22": "does not take a value that we have",
}
"""By how PostgreSQL's codes begin."""

_SPOKEN = {
    r"password|authentication|no pg_hba\.conf|role .* does not exist|Access denied": "does not let us in",
    r"database .* does not exist|Unknown database": "does not exist",
    r"invalid (connection option|dsn)|missing \"=\"|invalid URI": "has an address that its driver does not take",
    r"unable to open|readonly|read-only|permission denied": "cannot be opened or written to",
    r"not a database|malformed": "is no database, or is damaged",
    r"already exists": "has tables of another owner that are called as ours: give us a database of our own",
}
"""By what is said where there are no codes: on connecting, and by SQLite."""


@contextmanager
def told(name: str) -> Iterator[None]:
    """Raise what the errors of the database of the sink `name` mean."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _meant(error, f"the database of the sink {name}") from None


def _meant(error: SQLAlchemyError, where: str) -> EgregoraError:
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlstate", None) or ""
    if isinstance(error, IntegrityError) or code in _CONFLICTS:
        return Conflict(f"{where} was changed by somebody else at the same time")
    for beginning, meaning in _REFUSALS.items():
        if code.startswith(beginning):
            return Reject(f"{where} {meaning}")
    for words, meaning in _SPOKEN.items():
        if not code and re.search(words, str(original), re.IGNORECASE):
            return Reject(f"{where} {meaning}")
    return Retry(f"{where} is not available ({code or type(original).__name__})")
