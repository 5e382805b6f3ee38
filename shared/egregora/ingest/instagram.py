"""Instagram: direct messages, which its download writes as Messenger's does."""

from __future__ import annotations

from dataclasses import dataclass

from egregora.ingest import Platform
from egregora.ingest.messenger import Messenger


@dataclass(frozen=True, slots=True)
class Instagram(Messenger):
    """Reads ``message_1.json`` and its like."""

    format: Platform = "instagram"
