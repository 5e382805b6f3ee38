"""What people tune, in the work bucket: ``config/egregora.toml`` and ``config/prompts/*.md``.

A function's instance lives for hours, so it looks on every call whether anything changed: one listing, which costs
less than a thousandth of a cent for a hundred windows. To look less often would lose work, for an instance with older
settings takes the tasks of newer ones for outdated and drops them.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass

from egregora.agents.prompts import Prompts, load_prompts
from egregora.blobs import BlobStore
from egregora.errors import NotFound, Reject
from egregora.settings import Settings, parse

SETTINGS = "config/egregora.toml"
PROMPTS = "config/prompts/"


@dataclass(frozen=True, slots=True)
class Tuned:
    """Settings and prompts, as they stood when they were read."""

    settings: Settings
    prompts: Prompts


class Config:
    """Reads what people tune, anew only where it changed. Safe to use from several threads."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._lock = threading.Lock()
        self._seen: dict[str, int] | None = None
        self._tuned: Tuned | None = None

    def read(self) -> Tuned:
        """What holds now; the same object while nothing changed. Raises `Reject` naming the file and the fault."""
        found = {info.key: info.generation for info in self._blobs.list("config/") if _is_ours(info.key)}
        with self._lock:
            if self._tuned is None or found != self._seen:
                self._tuned, self._seen = self._load(sorted(found)), found
            return self._tuned

    def _load(self, keys: list[str]) -> Tuned:
        texts = {}
        for key in keys:
            with suppress(NotFound):  # deleted since it was listed
                texts[key] = self._text(key)
        settings = parse(texts.pop(SETTINGS, ""), origin=SETTINGS)
        return Tuned(settings, load_prompts({key.removeprefix(PROMPTS): text for key, text in texts.items()}))

    def _text(self, key: str) -> str:
        try:
            return self._blobs.read(key).data.decode()
        except UnicodeDecodeError as error:
            raise Reject(f"{key} is no text in UTF-8") from error


def _is_ours(key: str) -> bool:
    return key == SETTINGS or (key.startswith(PROMPTS) and key.endswith(".md"))
