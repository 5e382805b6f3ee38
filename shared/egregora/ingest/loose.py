"""Values of records whose fields may hold anything: each as the kind that is wanted, empty where it is another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_text(value: object) -> str:
    """A string."""
    return value if isinstance(value, str) else ""


def as_dict(value: object) -> Mapping[str, Any]:
    """An object."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """A list."""
    return value if isinstance(value, list) else []
