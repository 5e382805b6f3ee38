"""The offline model: extractive, deterministic, in five languages, without a key or a network."""

from __future__ import annotations

from egregora.models.offline.model import OfflineModel

__all__ = ["OfflineModel"]
