"""The one error tree. A subclass says what the caller must do.

    EgregoraError
    ├── Retry        the same call may succeed later: release what is held, answer 503
    │   └── RateLimited
    ├── Conflict     another writer was first: read again and decide anew
    ├── NotFound     what was asked for is not there
    ├── Split        too large for the model: halve the window
    ├── Block        the model refuses this content: record it, do not retry
    ├── Reject       this input can never work: say so in one line, do not retry
    │   └── Unreadable   an export no reader understands, or that is damaged or dangerous
    └── BadAnswer    the model's answer does not fit the schema: repair once, then count an attempt

Messages never hold a word of a conversation: they reach logs and the journal.
"""

from __future__ import annotations

import re


class EgregoraError(Exception):
    """Something went wrong in Egregora."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n", maxsplit=1)[0])


class Retry(EgregoraError):
    """The service is unavailable for the moment; the same call may succeed later."""

    def __init__(self, message: str | None = None, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after
        """Seconds to wait before the next try, where the service named them."""


class RateLimited(Retry):
    """The service asks for fewer requests."""


class Conflict(EgregoraError):
    """Another writer changed this since it was read."""


class NotFound(EgregoraError):
    """What was asked for is not there."""


class Split(EgregoraError):
    """The request is larger than the model takes."""


class Block(EgregoraError):
    """The model refuses to work on this content."""


class Reject(EgregoraError):
    """This input cannot be worked on, now or later."""


class Unreadable(Reject):
    """No reader understands this export."""

    def __init__(self, fault: str | None = None, *, where: str | None = None) -> None:
        self.fault = fault or (type(self).__doc__ or "")
        """What is wrong and what to do: without the file's name, which may be a person's, and so fit to be kept."""
        super().__init__(f"{_shown(where)}: {self.fault}" if where else self.fault)


_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_SHOWN = 200


def _shown(name: str) -> str:
    """A file's name in one line, without what would hide or turn it or speak to a terminal."""
    plain = _UNSEEN.sub("\ufffd", name)
    return plain if len(plain) <= _SHOWN else f"…{plain[-_SHOWN:]}"


class BadAnswer(EgregoraError):
    """The model's answer does not have the form that was asked for."""
