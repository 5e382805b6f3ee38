"""The people that notices name: who added whom, who left, who changed a number."""

# ruff: noqa: E501 - one sentence a line reads better than lines of one length

from __future__ import annotations

import re

from egregora.ingest.whatsapp.text import plain

_AND = re.compile(r"\s*,\s+|\s+(?:and|und|y|e|et|en|och|og|ja|и|та|és|și|ve|και|dan|và)\s+")
_YOU = frozenset(
    map(
        str.casefold,
        "You|you|Du|dich|dir|Sie|Tú|ti|te|Usted|Você|você|Tu|Vous|vous|Hai|Tu|Je|jou|u|U|dig|deg|Вас|вас|Вы|вы|Вам|Ви|Ty|Cię|Ciebie|vás|téged|Ön|"
        "Sen|Siz|sizi|seni|Anda|Kamu|Bạn|あなた|您|你|귀하|אתה|אותך|أنت|تمت إضافتك|آپ|आप|आपको|คุณ|someone|jemand|alguien|alguém|the community".split(
            "|"
        ),
    )
)

_PEOPLE = tuple(
    re.compile(pattern)
    for pattern in (
        # somebody did something to somebody
        r"^(?P<a>.+?) (?:added|removed|invited) (?P<b>.+?)(?: to (?:the|this) group.*| from (?:the|this) group.*)?\.?$",
        r"^(?P<a>.+?) (?:adicionou|removeu) (?P<b>.+?)\.?$",
        r"^(?P<a>.+?) (?:añadió|agregó|eliminó|añadió) a (?P<b>.+?)\.?$",
        r"^(?P<a>.+?) (?:agregaste|añadiste|eliminaste) a (?P<b>.+?)\.?$",
        r"^(?P<a>.+?) (?:hat|hast|haben) (?P<b>.+?) (?:hinzugefügt|entfernt)\.?$",
        r"^(?P<a>.+?) (?:a|avez) (?:ajouté|retiré|supprimé) (?P<b>.+?)\.?$",
        r"^(?P<a>.+?) (?:ha|hai) (?:aggiunto|rimosso) (?P<b>.+?)\.?$",
        r"^(?P<a>.+?) (?:heeft|hebt) (?P<b>.+?) (?:toegevoegd|verwijderd)\.?$",
        r"^(?P<a>.+?) (?:добавил(?:\(-а\)|а|и)?|удалил(?:\(-а\)|а|и)?) (?P<b>.+?)\.?$",
        r"^(?P<a>.+?) (?:dodał\(a\)|dodał[ae]?|usunął|usunęła) (?P<b>.+?)\.?$",
        r"^(?P<a>.+?) lade till (?P<b>.+?)\.?$",
        r"^(?P<a>.+?) menambahkan (?P<b>.+?)\.?$",
        # something was done to somebody
        r"^(?P<b>.+?) (?:was|were) (?:added|removed)\.?$",
        r"^(?P<b>.+?) (?:foi|foram) (?:adicionad|removid)[oa]s?(?:\([^)]*\))?\.?$",
        r"^(?P<b>.+?) wurden? (?:hinzugefügt|entfernt)\.?$",
        r"^(?P<b>.+?) a été (?:ajouté|retiré)(?:e|\(e\))?\.?$",
        r"^Se (?:añadió|agregó|eliminó) a (?P<b>.+?)\.?$",
        r"^(?P<b>.+?) è stat[oa](?:/a)? (?:aggiunt|rimoss)[oa](?:/a)?\.?$",
        # somebody did something
        r"^(?P<a>.+?) (?:left|joined\b.*|created (?:this |the )?group.*|is now an admin|is no longer an admin|requested to join.*)\.?$",
        r"^(?P<a>.+?) changed (?:the|this|their|to|from)\b.*$",
        r"^(?P<a>.+?) (?:saiu|entrou\b.*|criou (?:o|este) grupo.*|mudou (?:a|o|para|de)\b.*|alterou\b.*)\.?$",
        r"^(?P<a>.+?) (?:salió(?: del grupo)?|abandonó el grupo|se unió\b.*|creó (?:el|este) grupo.*|cambió\b.*)\.?$",
        r"^(?P<a>.+?) (?:hat die(?:se)? Gruppe\b.*|hat das\b.*|hat den\b.*|ist (?:der Gruppe )?.*beigetreten)\.?$",
        r"^(?P<a>.+?) (?:a quitté(?: le groupe)?|est parti(?:e|\(e\))?|a rejoint\b.*|a créé (?:le|ce) groupe.*|a (?:changé|modifié)\b.*)\.?$",
        r"^(?P<a>.+?) (?:ha abbandonato|è uscito|si è unit[oa]\b.*|ha creato (?:il|questo) gruppo.*|ha (?:cambiato|modificato)\b.*)\.?$",
        r"^(?P<a>.+?) (?:heeft de groep\b.*|is toegetreden\b.*|neemt nu deel\b.*)\.?$",
        r"^(?P<a>.+?) (?:вышел\b.*|вышла\b.*|покинул\b.*|создал\b.*|изменил\b.*)$",
        r"^Your security code with (?P<a>.+?) changed.*$",
        r"^(?:O seu|Seu) código de segurança com (?P<a>.+?) mudou.*$",
        r"^(?:Deine|Ihre) Sicherheitsnummer (?:für|mit|von) (?P<a>.+?) hat sich geändert.*$",
    )
)


def named(text: str) -> tuple[str, ...]:
    """The names of people in a notice, as far as its wording is known."""
    line = plain(text).partition("\n")[0].strip()
    for pattern in _PEOPLE:
        match = pattern.match(line)
        if match:
            names = [name for part in match.groups() if part for name in _AND.split(part)]
            return tuple(
                name for raw in names if (name := raw.strip().removeprefix("~").strip()) and not _impersonal(name)
            )
    return ()


def _impersonal(name: str) -> bool:
    return name.casefold() in _YOU or len(name) > 100 or name[:1] in '"“„'
