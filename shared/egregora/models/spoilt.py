"""An answer that is of no use but was paid for."""

from __future__ import annotations

from egregora.errors import BadAnswer
from egregora.models import Answer


class SpoiltAnswer(BadAnswer):
    """The model's answer was cut off or is no JSON.

    `answer` is what came, with what it cost, so that the ledger can keep it and the journal count it. The message says
    in fixed words what spoilt it.
    """

    def __init__(self, message: str, answer: Answer) -> None:
        super().__init__(message)
        self.answer = answer
