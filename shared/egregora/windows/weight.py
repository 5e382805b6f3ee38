"""What a message weighs: the bytes it will take where a model reads it."""

from __future__ import annotations

from collections.abc import Iterable

from egregora.message import Message

OVERHEAD = 40
"""Bytes of a transcript line besides the body: its number, time and handle."""


def weight(message: Message) -> int:
    """Bytes that `message` takes in a transcript, about."""
    return OVERHEAD + len(message.text.encode())


def weights(messages: Iterable[Message]) -> list[int]:
    """What each of `messages` weighs."""
    return [OVERHEAD + len(text if (text := m.text).isascii() else text.encode()) for m in messages]


def weigh(messages: Iterable[Message]) -> int:
    """Bytes that `messages` take together."""
    return sum(weights(messages))
