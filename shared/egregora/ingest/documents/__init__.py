"""Documents that are no app's export: JSON lines, tables, Markdown, plain text.

They are read where nothing else in an upload is a chat: in an archive with one they are what was sent in it.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_NEUTRAL = re.compile(
    r"(?:chats?|messages?|msgs?|exports?|data|logs?|history|text|table|documents?|notes?|untitled|file)?[\W_\d]*",
    re.IGNORECASE,
)


def title_of(path: str) -> tuple[str, bool]:
    """What a document is called: by its file, or its folder where that says more; and whether either says anything."""
    parts = PurePosixPath(path).parts
    names = [PurePosixPath(parts[-1]).stem, *reversed(parts[:-1])] if parts else []
    telling = next((name for name in names if not _NEUTRAL.fullmatch(name)), None)
    return (telling, True) if telling else (names[0] if names and names[0] else "document", False)


def looks_structured(text: str) -> bool:
    """Whether a text starts as JSON, HTML or XML do."""
    return bool(_STRUCTURED.match(text))


_STRUCTURED = re.compile(
    r'\s*+(?:\{\s*+["}]|\[\s*+[\[{"\]]|<(?:!doctype|!--|\?xml|html|head|body|div|svg|rss|feed))', re.IGNORECASE
)
