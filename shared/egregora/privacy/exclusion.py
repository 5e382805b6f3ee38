"""Taking people who opted out from a conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

import msgspec

from egregora.ids import Handle
from egregora.message import Message
from egregora.privacy.handles import HANDLE

MARK = "[person]"


def exclude(messages: Sequence[Message], opted_out: Set[Handle]) -> list[Message]:
    """Leave out the messages and reactions of `opted_out`, and write ``[person]`` where others mention them."""
    if not opted_out:
        return list(messages)
    return [_without(message, opted_out) for message in messages if message.author not in opted_out]


def _without(message: Message, opted_out: Set[Handle]) -> Message:
    def mark(match: re.Match[str]) -> str:
        return MARK if match[0] in opted_out else match[0]

    changes: dict[str, object] = {}
    if "@" in message.text:
        text = HANDLE.sub(mark, message.text)
        if text != message.text:
            changes["text"] = text
    if any(reaction.author in opted_out for reaction in message.reactions):
        changes["reactions"] = tuple(r for r in message.reactions if r.author not in opted_out)
    return msgspec.structs.replace(message, **changes) if changes else message
