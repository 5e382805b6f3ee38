"""What people ask for in the chat itself: `/egregora alias NAME`, `/egregora opt-out`, `/egregora opt-in`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from egregora.ids import Handle
from egregora.privacy.handles import BIDI

Action = Literal["alias", "opt-out", "opt-in"]

MAX_ALIAS = 40

_COMMAND = re.compile(
    rf"[\s{BIDI}]*/[\s{BIDI}]*egregora[\s{BIDI}:_-]*"
    r"(?:(?P<alias>alias)(?![^\W\d_])[\s:=]*(?P<name>.*)|(?P<out>opt[\s_‐‑–—-]*out)\b.*|(?P<in>opt[\s_‐‑–—-]*in)\W*)",
    re.IGNORECASE | re.DOTALL,
)
_WRAPPING = " \"'“”«»<>[]"
_LOOK_ALIKE = re.compile(r"@\s*[0-9a-f]{10}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Directive:
    """One request. `value` is the alias asked for, None where it is taken back; `time` is that of its message."""

    handle: Handle
    action: Action
    value: str | None
    time: str | None


def parse(text: str, handle: Handle, time: str | None) -> Directive | None:
    """Read a message as a request; None where it is not one. An alias comes cleaned.

    An opt-out is heard whatever follows it; an opt-in only when it stands alone.
    """
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    if match["alias"]:
        return Directive(handle, "alias", clean_alias(match["name"]) or None, time)
    return Directive(handle, "opt-out" if match["out"] else "opt-in", None, time)


def clean_alias(text: str) -> str:
    """`text` on one line, without control, direction or unassigned characters, at most 40 characters long."""
    first = text.strip().split("\n", 1)[0]
    kept = "".join(" " if char.isspace() else char for char in first if char.isspace() or _is_shown(char))
    alias = " ".join(unicodedata.normalize("NFC", kept).split()).lstrip(_WRAPPING)
    return alias[:MAX_ALIAS].rstrip(_WRAPPING)


def looks_like_handle(alias: str) -> bool:
    """Whether an alias could be taken for a handle."""
    return bool(_LOOK_ALIKE.search(alias))


def _is_shown(char: str) -> bool:
    """Controls, surrogates, private and unassigned characters are not; of the formats only emoji's joiner is."""
    return unicodedata.category(char)[0] != "C" or char == "\u200d"
