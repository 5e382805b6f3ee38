"""Paths that no store may take, and odd ones that every store must."""

from __future__ import annotations

from egregora.testing.contracts import ODD, UNSAFE

__all__ = ["ODD", "UNSAFE"]
