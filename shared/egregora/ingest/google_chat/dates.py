"""Dates as Takeout writes them: in the words of the account's language, to the second, in UTC.

Saturday, May 13, 2023 at 10:00:00 AM UTC     2023年5月13日星期六 UTC 10:04:00     Samstag, 13. Mai 2023 um 10:04:00 UTC
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from egregora.ingest.instants import iso
from egregora.ingest.whatsapp.markers import MARKERS, hour, pattern, squeeze
from egregora.ingest.whatsapp.text import ascii_digits, plain

_STEMS = (
    "jan jän ene gen янв січ sty led oca ιαν ינו يناير tammi jaan माघ जन มกรา",
    "feb fév fev фев лют lut úno şub φεβ פבר فبراير helmi veeb फ़र มีนาฯ กุมภา",
    "mar mär már maart мар бер bře μαρ מרץ مارس maalis märts मार्च มีนา",
    "apr avr abr ápr апр кві kwi dub nis απρ אפר أبريل huhti अप्र เมษา",
    "may mai maj mei mag máj май мая тра kvě μαΐ μαϊ μάι מאי مايو touko मई พฤษภา",
    "jun juin giu jún июн чер cze červen haz ιουν יונ يونيو kesä juuni जून มิถุนา",
    "jul juil lug júl июл лип lip červenec tem ιουλ יול يوليو heinä juuli जुल กรกฎา",
    "aug aoû ago авг сер sie srp ağu αυγ אוג أغسطس elo अगस्त สิงหา",
    "sep set szept сен вер wrz zář eyl σεπ ספט سبتمبر syys सित กันยา",
    "oct okt ott out окт жов paź říj eki οκτ אוק أكتوبر loka अक्तू ตุลา",
    "nov ноя лис lis kas νοε νοέ נוב نوفمبر marras नव พฤศจิ",
    "dec dez dic déc dek des дек гру gru pro ara δεκ דצמ ديسمبر joulu dets दिस ธันวา",
)
_MONTHS = sorted(((stem, n) for n, stems in enumerate(_STEMS, 1) for stem in stems.split()), key=lambda s: -len(s[0]))
_CLOCK = re.compile(
    rf"(?:(?P<before>{pattern()}) ?)?(?P<hour>\d{{1,2}})[:.時时시] ?(?P<minute>\d\d?)[:.分분] ?(?P<second>\d\d?)[秒초]?"
    rf"(?: ?(?P<after>{pattern()}))?",
    re.IGNORECASE,
)
_USUAL = re.compile(
    r"(?P<rest>.*[^\W_].* )(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)(?: (?P<half>[AP]M))? (?:UTC|GMT)",
    re.ASCII,
)
"""How most languages write it, which is found sooner."""

_ZONE = re.compile(r"\b(?:UTC|GMT)\b")
_NUMERIC = re.compile(r"(?P<year>\d{4})[年년./-] ?(?P<month>\d{1,2})[月월./-] ?(?P<day>\d{1,2})")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:[^\W\d_]|[\u0300-\u036f\u0900-\u097f\u0e00-\u0e7f])*")


def read(text: str) -> str | None:
    """A date as ISO 8601: ending in Z where it says that it is UTC; None where it is not understood."""
    if len(text) > 120:
        return None
    text = plain(text).strip()
    clock = _USUAL.fullmatch(text)
    if clock and squeeze(clock["rest"].rsplit(maxsplit=1)[-1]) not in MARKERS:
        day, half = _day(clock["rest"]), clock["half"] or ""
    elif clock := _CLOCK.search(text := ascii_digits(text)):
        day, half = _day(text[: clock.start()] + " " + text[clock.end() :]), clock["before"] or clock["after"] or ""
    else:
        return None
    if day is None:
        return None
    value = hour(int(clock["hour"]), squeeze(half))
    try:
        moment = datetime(*day, value, int(clock["minute"]), int(clock["second"]))  # noqa: DTZ001 - the text says
    except (ValueError, OverflowError):
        return None
    return iso(moment.replace(tzinfo=UTC) if _ZONE.search(text) else moment)


@lru_cache(4096)
def _day(text: str) -> tuple[int, int, int] | None:
    """Year, month and day; the month by its name, which is the last word that can be one: weekdays stand before."""
    if found := _NUMERIC.search(text):
        return int(found["year"]), int(found["month"]), int(found["day"])
    numbers = [int(number) for number in _NUMBER.findall(text)[:4]]
    years = [number for number in numbers if number > 31]
    days = [number for number in numbers if number <= 31]
    months = [month for word in _WORD.findall(text.casefold()) if (month := _month(word))]
    if not (years and days and months):
        return None
    return years[0] - (543 if 2400 <= years[0] < 2700 else 0), months[-1], days[0]


def _month(word: str) -> int | None:
    return next((n for stem, n in _MONTHS if word.startswith(stem)), None)
