"""Limits on uploads: settings that every reading starts with, and so without the machinery that reads settings."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

MiB = 1024 * 1024


@dataclass(frozen=True)
class IngestSettings:
    """Limits on what an export may be."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    """A section of the settings like every other, where it is read from a file."""

    max_members: int = 200_000
    """Members of one zip."""
    max_text_bytes: int = 4096 * MiB
    """Uncompressed bytes of text read from one export, counted while reading."""
    max_ratio: float = 200.0
    """Uncompressed over compressed bytes of one member, checked past the first 10 MiB."""
    max_depth: int = 1
    """Archives inside archives."""

    def __post_init__(self) -> None:
        if self.max_members < 1 or self.max_text_bytes < 1 or not self.max_ratio > 1 or self.max_depth < 0:
            given = ", ".join(f"{field.name} = {getattr(self, field.name)}" for field in fields(self))
            raise ValueError(f"members and bytes must be above 0, ratio above 1, depth not below 0, but {given}")
