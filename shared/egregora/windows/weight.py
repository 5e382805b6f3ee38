"""What a message weighs: the bytes it will take where a model reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from egregora.message import Message

OVERHEAD = 40
"""Bytes of a transcript line besides the body: its number, time and handle."""


def weight(message: Message) -> int:
    """Bytes that `message` takes in a transcript, about."""
    text = message.text
    return OVERHEAD + (len(text) if text.isascii() else len(text.encode()))


def weights(messages: Iterable[Message]) -> list[int]:
    """What each of `messages` weighs."""
    texts = [message.text for message in messages]
    return [OVERHEAD + (len(text) if text.isascii() else len(text.encode())) for text in texts]


def weigh(messages: Sequence[Message]) -> int:
    """Bytes that `messages` take together."""
    return OVERHEAD * len(messages) + len("".join([message.text for message in messages]).encode())
