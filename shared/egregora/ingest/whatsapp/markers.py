"""Marks of the half of the day, before or after a time, in the languages of phones."""

from __future__ import annotations

import re
from collections.abc import Iterable

from egregora.ingest.whatsapp.text import SPACE, plain

_FAMILIES = """
AM / PM
a. m. / p. m.
ص, صباحًا, صباحا / م, مساءً, مساء
ق.ظ., قبل‌ازظهر / ب.ظ., بعدازظهر
غ.م. / غ.و.
午前 / 午後
上午, 凌晨, 清晨, 早上, 早晨, 午夜, 半夜 / 下午, 中午, 傍晚, 晚上, 深夜
오전, 새벽 / 오후
π.μ. / μ.μ.
ÖÖ / ÖS
SA / CH
TO / TK
PG / PTG
vm. / nm.
v.m. / n.m.
vorm. / nachm.
dop. / odp.
dop. / pop.
dopoludnia / popoludní
prijepodne / popodne
pre podne / po podne
пре подне / по подне
преподне / поподне
пр.об. / сл.об.
претпл. / попл.
ДП / ПП
de. / du.
ap. / ip.
fm / em
f.h. / e.h.
f.m. / e.m.
e paradites / e pasdites
priešpiet / popiet
priekšp. / pēcp.
r.n. / i.n.
sn. / gn.
ertalab / kechqurun
पूर्वाह्न / अपराह्न
म.पू. / म.उ.
पूर्व मध्यान्ह / उत्तर मध्यान्ह
পূর্বাহ্ণ / অপরাহ্ণ
ਪੂ.ਦੁ. / ਬਾ.ਦੁ.
ପୂର୍ବାହ୍ନ / ଅପରାହ୍ନ
முற்பகல் / பிற்பகல்
పూర్వాహ్నం / అపరాహ్నం
ಪೂರ್ವಾಹ್ನ / ಅಪರಾಹ್ನ
പൂർവ്വാഹ്നം / അപരാഹ്നം
පෙ.ව. / ප.ව.
ก่อนเที่ยง / หลังเที่ยง
ព្រឹក / ល្ងាច
ກ່ອນທ່ຽງ / ຫຼັງທ່ຽງ
နံနက် / ညနေ
לפנה״צ, לפנה"צ / אחה״צ, אחה"צ
ү.ө. / ү.х.
таңкы / түштөн кийинки
ጥዋት / ከሰዓት
կա / կհ
"""


def squeeze(marker: str) -> str:
    """A marker without dots, spaces and case: the form it is looked up in."""
    return plain(marker).replace(".", "").replace(" ", "").casefold()


def _words(half: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in half.split(","))


_PAIRS = tuple(tuple(map(_words, line.split("/"))) for line in _FAMILIES.strip().splitlines())

MARKERS: dict[str, str] = {
    squeeze(word): half for pair in _PAIRS for half, words in zip(("am", "pm"), pair, strict=True) for word in words
}
"""Squeezed marker → ``am`` or ``pm``."""

_NOON = squeeze("中午")


def hour(value: int, marker: str) -> int:
    """The hour of the day from an hour and a squeezed marker, which is ignored where the clock has 24 hours."""
    half = MARKERS.get(marker)
    if half is None or value == 0 or value > 12:
        return value % 24
    if marker == _NOON:
        return value if value in {11, 12} else value + 12
    return value % 12 + (12 if half == "pm" else 0)


def pattern(seen: Iterable[str] | None = None) -> str:
    """A pattern of markers: all, or those of the families that squeezed markers were `seen` of, for AM brings PM.

    It ignores dots, spaces and case as `squeeze` does. Empty where none was seen.
    """
    wanted = None if seen is None else set(seen)
    words = {
        word for am, pm in _PAIRS if wanted is None or not wanted.isdisjoint(map(squeeze, am + pm)) for word in am + pm
    }
    return "|".join(_written(word) for word in sorted(words, key=lambda w: (-len(w), w)))


def _written(word: str) -> str:
    dotted = re.escape(word.rstrip(".")).replace(r"\.\ ", r"\.").replace(r"\ ", f"{SPACE}?")
    return dotted.replace(r"\.", rf"\.?{SPACE}?") + r"\.?"
