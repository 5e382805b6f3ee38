"""Words from the chat made harmless: what they could do to Markdown, HTML or a plain line is taken out of them."""

from __future__ import annotations

import re
import unicodedata

from egregora.models.offline.utterances import squeeze

# Entities for what opens HTML, backslashes for the rest: both hold in CommonMark and in Python-Markdown.
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "~": "&#126;"} | {char: f"\\{char}" for char in "\\`*_[]{}"}
)
_OPENING = re.compile(r"^(?:[#+\-=!?:]|\d{1,9}(?=[.)]))")
_SCHEME = re.compile(r"(?<=[a-z0-9+.-])://|\b(www)\.", re.IGNORECASE)
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"


def plain(text: str) -> str:
    """One line without control characters, safe to stand where text is text."""
    if not text.isascii() or not text.isprintable():
        text = "".join(
            " " if char in "\n\r\t\u2028\u2029\x0b\x0c\x85" else char
            for char in text
            if char in _JOINERS or char in "\n\r\t\u2028\u2029\x0b\x0c\x85" or unicodedata.category(char) not in _UNSEEN
        )
    return squeeze(text)


def escaped(text: str) -> str:
    """One line that Markdown shows as it stands: no emphasis, link, image, heading, list or tag comes of it."""
    line = plain(text).translate(_ESCAPES)
    line = _SCHEME.sub(lambda m: f"{m[1]}&#46;" if m[1] else "&#58;//", line)
    opening = _OPENING.match(line)
    if opening is None:
        return line
    end = opening.end()
    return f"{line[:end]}\\{line[end:]}" if line[0].isdigit() else f"&#{ord(line[0])};{line[1:]}"


def autolink(url: str, title: str) -> str:
    """A Markdown link to an http(s) address."""
    safe = "".join(char if char.isprintable() and char not in '<>"`\\^{}|() \u00a0' else _percent(char) for char in url)
    return f"[{escaped(title)}](<{safe}>)"


def clip(text: str, letters: int) -> str:
    """`text` up to about `letters`, cut between words, with an ellipsis where something is left out."""
    if len(text) <= letters:
        return text
    cut = text[:letters]
    space = cut.rfind(" ")
    return f"{(cut[:space] if space > letters // 2 else cut).rstrip(' ,;:.-–—')}…"


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "ignore"))
