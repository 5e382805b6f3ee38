"""Words out of HTML that people wrote: what a reader of a page sees, without how it is set."""

from __future__ import annotations

import re
from html import unescape

_BREAK = re.compile(r"<br ?/?>\n?|</(?:p|li|h[1-6]|div|blockquote|pre|tr)>\n?", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def plain(html: str) -> str:
    """The text of a stretch of HTML; paragraphs and line breaks end lines."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))).strip()
