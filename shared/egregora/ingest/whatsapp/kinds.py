"""What a body is: text, or one of the lines WhatsApp puts in place of what a text file cannot hold."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import NamedTuple
from unicodedata import normalize

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from egregora.ingest.whatsapp import phrases
from egregora.ingest.whatsapp.text import LABEL_MARK, MARKS, fold, plain, unmarked
from egregora.message import Attachment, Kind

_LONGEST_LINE = 400
"""Characters beyond which a first line is somebody's text."""

_LONGEST_CALL = 60
_LONGEST_TAIL = 90

_BEGINNING = 10
"""Letters that tell most of somebody's own words from those that WhatsApp begins alike."""

_ANGLE = re.compile(r"< ?([^<>:\n]{2,40}) ?: ?([^<>\n/\\]{1,240}\.\w{1,8}) ?>$")
_NAMED = re.compile(r"([^<>:\n/\\|\"*?]{1,240}\.\w{1,8}) (?:\(([^()]{2,40})\)|<([^<>]{2,40})>|（([^（）]{2,40})）)$")
_MEDIA_NAME = re.compile(
    r"(?:IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d{4,}|\d{8}-[A-Z]{3,8}-\d{4}-\d\d-\d\d|\d{4}-\d\d-\d\d-[A-Z]{3,8}-\d{8}"
)
_MAPS = re.compile(
    r"(?:(?P<label>[^:\n]{2,30}): ?)?https?://(?:maps\.google\.com/\?q=|www\.google\.com/maps|maps\.app\.goo\.gl/|goo\.gl/maps/|"
    r"maps\.apple\.com/|foursquare\.com/v/)\S*$"
)
_CALL_REST = re.compile(r"$|[,.•(，、：]| (?:at|um|à|às|a las|alle|om|kl|klo|в|о|o|w|の|-|–) ?", re.IGNORECASE)
_SIZE = re.compile(r"[•·] ?\d+ ")


class Reading(NamedTuple):
    """What a body was found to be."""

    kind: Kind = "text"
    edited: bool = False
    attachments: tuple[Attachment, ...] = ()


TEXT = Reading()
EDITED = Reading(edited=True)
NOTICE = Reading("system")

_OWN = (
    *(p.strip("<>") for p in phrases.MEDIA_OMITTED),
    *phrases.OMITTED_THINGS,
    *phrases.DELETED,
    *(f"{p}:\n" for p in phrases.POLL),
    *phrases.LIVE_LOCATION,
    *(f"{p}: " for p in phrases.LOCATION),
    *phrases.CALL,
    "https://",
)
_BLANKS = " \n\t\u00a0"

STARTS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("".join(b) for n in range(5) for b in product(_BLANKS, repeat=n)), ("",)
)
for _phrase in _OWN:
    STARTS[_phrase[:4]] = (*STARTS.get(_phrase[:4], ()), fold(_phrase)[:_BEGINNING])
    STARTS.update(dict.fromkeys((mark + _phrase[:3] for mark in "\u200f\u202a\u202b\u2068"), ("",)))
"""First four letters of every body that may be more than text, where it does not hold U+200E.

With each stands how such a body goes on, folded and from its beginning, where it is ASCII.
"""

ENDS = frozenset(("", *">)）", *MARKS))
"""Last letters of every first line that may be more than text."""


_STARTS = BytesAhoCorasick([b"\r" + start.encode() for start in {*(p[:4] for p in _OWN), *_BLANKS, *MARKS}])
_ENDS = BytesAhoCorasick(
    [(end + after).encode() for after, ends in (("\r", ENDS - {""}), ("\n", ">)）")) for end in ends],
    MatchKind.LeftmostFirst,
)


def doubtful(bodies: bytes) -> list[int]:
    """Which of some bodies may be more than text, in order; a quick look at where they start and end.

    They are UTF-8, with a CR before and after each. What is empty or holds U+200E is not looked for.
    """
    places = [start + 1 for _, start, _ in _STARTS.find_matches_as_indexes(bodies)]
    places += [end - 1 for _, _, end in _ENDS.find_matches_as_indexes(bodies)]
    found = list[int]()
    number, passed = -1, 0
    for place in sorted(places):
        number += bodies.count(b"\r", passed, place)
        passed = place
        found.append(number)
    return found


def may_be_more(body: str) -> bool:
    """Whether `read` may find that `body` is more than text; a quick look."""
    return (
        body[-1:] in ENDS
        or _may_start(body)
        or LABEL_MARK in body
        or ("\n" in body and (">\n" in body or ")\n" in body or "）\n" in body))
    )


def _may_start(body: str) -> bool:
    beginnings, start = STARTS.get(body[:4]), body[:_BEGINNING]
    return beginnings is not None and (not start.isascii() or start.casefold().startswith(beginnings))


def read(body: str, files: frozenset[str] = frozenset()) -> Reading:
    """Tell what `body` is. `files` are the names, in NFC, of the files that came with the export."""
    text = unmarked(body).strip()
    if not text:
        return Reading("empty")
    text, edited = _without_edited(text)
    if edited and text[:4] not in STARTS and text[-1:] not in ENDS and "\n" not in text:
        return EDITED
    first, _, rest = text.partition("\n")
    if len(first) > _LONGEST_LINE:
        return Reading(edited=edited)
    attachment = _attachment(first.strip(), files) or (
        _attachment(text.rpartition("\n")[2].strip(), files, angle=True) if rest else None
    )
    if attachment:
        return Reading("attachment", edited, (attachment,))
    return Reading(_kind(fold(first), plain(first).strip(), rest), edited)


def _kind(folded: str, first: str, rest: str) -> Kind:
    if folded in phrases.FOLDED_OMITTED and (folded.startswith("<") or not rest):
        return "media_omitted"
    if _is_location(first):
        return "location"
    if rest:
        return "poll" if _is_poll(first, rest) else "text"
    if folded in phrases.FOLDED_THINGS or (_SIZE.search(first) and folded.endswith(_AFTER_A_NAME)):
        return "media_omitted"
    return _SINGLE.get(folded) or ("call" if _is_call(folded) else "text")


_AFTER_A_NAME = tuple(f" {thing}" for thing in phrases.FOLDED_THINGS)
_SINGLE: dict[str, Kind] = {
    **dict.fromkeys(phrases.FOLDED_DELETED, "deleted"),
    **dict.fromkeys(phrases.FOLDED_LIVE, "location"),
}


def _is_call(folded: str) -> bool:
    calls = phrases.FOLDED_CALL.get(folded[:3], ()) if len(folded) <= _LONGEST_CALL else ()
    return any(folded.startswith(p) and _CALL_REST.match(folded, len(p)) for p in calls)


def _without_edited(text: str) -> tuple[str, bool]:
    if text.endswith(">"):
        start = text.rfind("<", -_LONGEST_TAIL)
        if start >= 0 and _is_edit_mark(text[start + 1 : -1]):
            return text[:start].rstrip(), True
    return text, False


@lru_cache(maxsize=256)
def _is_edit_mark(text: str) -> bool:
    return "\n" not in text and fold(text) in phrases.FOLDED_EDITED


def _attachment(line: str, files: frozenset[str], *, angle: bool = False) -> Attachment | None:
    """The file a line stands for. A name among `files` decides where the words are in no table."""
    match = _ANGLE.search(line) if line.endswith(">") else None
    if match:
        words, name = match[1], match[2].strip()
    elif not angle and (match := _NAMED.match(line)):
        name, words = match[1].strip(), match[2] or match[3] or match[4]
    else:
        return None
    present = normalize("NFC", name) in files
    if present or fold(words) in phrases.FOLDED_ATTACHED or _MEDIA_NAME.match(name):
        return Attachment(name, present)
    return None


def _is_poll(first: str, rest: str) -> bool:
    if first[-1:] not in {":", "："} or fold(first[:-1]) not in phrases.FOLDED_POLL:
        return False
    lines = (unmarked(line).strip() for line in rest.split("\n"))
    return any(":" in line and fold(line.partition(":")[0]) in phrases.FOLDED_OPTION for line in lines)


def _is_location(first: str) -> bool:
    match = _MAPS.match(first)
    return match is not None and (match["label"] is None or fold(match["label"]) in phrases.FOLDED_LOCATION)


def media_dates(body: str) -> str | None:
    """The day in the name of the media that `body` starts with, as eight digits; None where there is none."""
    match = _DATE_IN_NAME.match(body.lstrip(MARKS))
    return "".join(match.groups("")) if match else None


_DATE_IN_NAME = re.compile(
    r"(?:< ?[^<>:\n]{2,40}: ?)?(?:\d{8}-[A-Z]{3,8}-|(?:IMG|VID|AUD|PTT|STK|DOC)-)?"
    r"(\d{4})-?(\d\d)-?(\d\d)(?:-WA|-\d\d-\d\d-\d\d|-[A-Z]{3,8}-\d)"
)
