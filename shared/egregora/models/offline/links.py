"""Addresses that were shared, each with a title from the words around it or else from the address itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from egregora.models.offline.utterances import HANDLE, MARK, URL, WORD, Utterance, squeeze

LONGEST_TITLE = 90
_NOT_TITLE = re.compile(
    r"^(?:https?|www|index|html?|php|aspx?|amp|watch|item|id|p|s|d|view|edit|share|status)$", re.IGNORECASE
)
_EDGES = " \t:;,.-–—|>→•*_~\"'"


@dataclass(frozen=True, slots=True)
class SharedLink:
    """An address, what it is, and everyone's messages that hold it."""

    url: str
    title: str
    by: Utterance
    places: tuple[int, ...]


def links(utterances: Sequence[Utterance]) -> tuple[SharedLink, ...]:
    """Every address once, in the order of first sharing."""
    found: dict[str, SharedLink] = {}
    for u in utterances:
        for url in u.urls:
            known = found.get(url)
            if known is None:
                found[url] = SharedLink(url, _title(url, u), u, (u.place,))
            else:
                found[url] = SharedLink(url, known.title, known.by, (*known.places, u.place))
    return tuple(found.values())


def _title(url: str, u: Utterance) -> str:
    """The rest of the line that the address stands in, else words of its path, else its host."""
    line = next(
        (part for part in u.message.text.splitlines() if url in part or url.removeprefix("https://") in part), ""
    )
    sides = (squeeze(MARK.sub(" ", HANDLE.sub(" ", side))).strip(_EDGES) for side in URL.split(line))
    words = max(sides, key=len, default="")
    if len(u.urls) == 1 and len(WORD.findall(words)) >= 2 and len(words) <= LONGEST_TITLE:
        return words
    return title_of_address(url)


def title_of_address(url: str) -> str:
    """A readable title from an address alone: ``example.org: plan 16 weeks``."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url
    for piece in reversed(unquote(parts.path).split("/")):
        telling = [w for w in re.split(r"[\W_]+", piece.rsplit(".", 1)[0]) if w and not _NOT_TITLE.match(w)]
        letters = sum(map(str.isalpha, "".join(telling)))
        if letters >= 4 and not any(_looks_random(w) or len(w) > 24 for w in telling):
            return f"{host}: {' '.join(telling)}"[:LONGEST_TITLE]
    return host or url


def _looks_random(word: str) -> bool:
    """Whether a piece of an address is an id rather than a word."""
    digits = sum(map(str.isdigit, word))
    mixed = word[1:].lower() != word[1:] and word[1:].upper() != word[1:]
    return (digits >= 2 and len(word) > 6) or (mixed and len(word) > 8)
