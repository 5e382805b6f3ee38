"""Notices: lines that WhatsApp writes about the chat, in the words of the phone's language."""

# ruff: noqa: E501 - one language a line reads better than lines of one length

from __future__ import annotations

import re
from collections.abc import Iterable

from egregora.ingest.whatsapp.text import fold, plain

_OPENING = {
    "en": r"end-to-end encrypt|messages (?:you send )?to this (?:group|chat)|created (?:this )?group|created group",
    "de": r"ende-zu-ende|hat die(?:se)? gruppe .*erstellt|gruppe erstellt",
    "es": r"cifrados? de extremo a extremo|extremo a extremo|creó (?:el|este) grupo|creaste (?:el|este) grupo",
    "pt": r"criptografia de ponta a ponta|encriptad\w+ ponto a ponto|ponta a ponta|criou (?:o|este) grupo",
    "fr": r"chiffrés? de bout en bout|bout en bout|a créé (?:le|ce) groupe|avez créé",
    "it": r"crittografia end-to-end|crittografat\w+ end-to-end|ha creato (?:il|questo) gruppo",
    "nl": r"end-to-end versleuteld|heeft (?:de|deze) groep .*(?:gemaakt|aangemaakt)",
    "sv": r"totalsträckskrypter|skapade gruppen",
    "da": r"end-to-end-krypter|ende-til-ende-krypter|oprettede gruppen|opprettet gruppen",
    "fi": r"päästä päähän|loi ryhmän",
    "ru": r"сквозным шифрованием|создал[аи]? (?:\(-а\) )?группу",
    "uk": r"наскрізним шифруванням|створи\w+ групу",
    "bg": r"шифровани от край до край|създаде групата",
    "pl": r"szyfrowan\w+ (?:metodą )?end-to-end|w pełni szyfrowane|utworzył\w* grupę",
    "cs": r"koncovým šifrováním|koncově šifrovan|vytvořil\w* skupinu",
    "sk": r"koncovým šifrovaním|vytvoril\w* skupinu",
    "hu": r"végpontok közötti titkosítás|létrehozta",
    "ro": r"criptate (?:integral|end-to-end|complet)|a creat grupul",
    "hr": r"potpuno šifrirane|end-to-end šifr|kreira\w+ grupu|izradi\w+ grupu",
    "el": r"κρυπτογραφη\w+ από άκρο σε άκρο|διατερματική κρυπτογράφηση|δημιούργησε την ομάδα",
    "tr": r"uçtan uca şifreli|grubunu oluşturdu",
    "he": r"מוצפנ\w+ מקצה לקצה|יצר/ה את הקבוצה|יצר את הקבוצה",
    "ar": r"مشفرة تمامًا بين الطرفين|مشفّ?رة|أنشأ المجموعة|بإنشاء المجموعة",
    "fa": r"رمزگذاری سرتاسر|گروه را ایجاد کرد",
    "hi": r"एंड-टू-एंड एन्क्रिप्ट|ग्रुप बनाया",
    "th": r"เข้ารหัสจากต้นทางถึงปลายทาง|เข้ารหัส|สร้างกลุ่ม",
    "id": r"terenkripsi secara end-to-end|membuat grup",
    "ms": r"disulitkan hujung ke hujung|mencipta kumpulan",
    "vi": r"mã hóa đầu cuối|mã hoá đầu cuối|đã tạo nhóm",
    "ca": r"xifrats? d'extrem a extrem|ha creat el grup",
    "ja": r"エンドツーエンド|エンドツーエンド|グループ.*作成",
    "zh": r"端到端加密|端對端加密|创建了群组|建立了群組|創建了群組",
    "ko": r"종단간 암호화|종단 간 암호화|그룹을 만들|그룹을 생성",
}
_OPENINGS = {language: re.compile(pattern) for language, pattern in _OPENING.items()}

_NAMED_IN = re.compile('["“”„«\'‘「『‚](?P<name>[^"“”„«»「」『』]{1,128})["“”»\'’」』]')
_CREATED = re.compile(
    r"created (?:the )?group|gruppe .*erstellt|creó el grupo|creaste el grupo|criou o grupo|criou este grupo|créé le groupe|creato il gruppo|"
    r"groep .*gemaakt|skapade gruppen|oprettede gruppen|opprettet gruppen|loi ryhmän|созда\w+ (?:\(-а\) )?групп|створи\w+ груп|utworzył\w* grupę|"
    r"vytvořil\w* skupinu|vytvoril\w* skupinu|létrehozta|creat grupul|grubunu oluşturdu|membuat grup|đã tạo nhóm|ha creat el grup|"
    r"グループ.*作成|创建了群组|建立了群組|그룹을 (?:만들|생성)|أنشأ|יצר"
)

_COLON_NOTICE = re.compile(
    r"(?:changed|hat|cambió|cambiaste|mudou|alterou|changé|modifié|cambiato|gewijzigd|ändrade|endret|ændrede|изменил|змінив|zmienił|změnil|zmenil|"
    r"değiştirdi|mengubah|đã (?:thay )?đổi|変更|更改|變更|변경|שינ|غيّر|غير|बदल|created|erstellt|creó|criou|créé|creato|added|joined)"
    r".{0,60}[\"“„«'‘「『‚]",
    re.IGNORECASE,
)
_NUMBER_CHANGED = re.compile(
    r"(?:changed (?:to|their phone number)|new (?:phone )?number|neue (?:Telefon)?nummer|nuevo número|novo número|nouveau numéro|nuovo numero|nieuw nummer)",
    re.IGNORECASE,
)
_ACTED = re.compile(
    r"(?:changed the (?:group|subject)|changed this group|changed the settings|security code with|disappearing messages)",
    re.IGNORECASE,
)
_NOTICE_START = re.compile(
    r"(?:You|Você|Vous|Du|Sie|Tú|Hai|Je|Вы|Sen|Siz) (?:changed|created|added|removed|turned|updated|pinned|mudou|alterou|criou|adicionou|"
    r"removeu|atualizou|avez|hast|haben|cambiaste|creaste|agregaste|eliminaste|hebt|изменили|создали) .{0,120}$"
)


def language(texts: Iterable[str]) -> str | None:
    """The language of the first notice that is known; None where none is."""
    for text in texts:
        folded = fold(text)
        for name, pattern in _OPENINGS.items():
            if pattern.search(folded):
                return name
    return None


def is_opening(text: str) -> bool:
    """Whether a notice is one that stands at the start of a chat: its encryption, the group's creation."""
    folded = fold(text)
    return any(p.search(folded) for p in _OPENINGS.values())


def is_notice(prefix: str) -> bool:
    """Whether what stands before the first colon of a line is a notice's beginning and no name."""
    text = plain(prefix)
    if len(text) > 128 or _NOTICE_START.match(text):
        return True
    if _COLON_NOTICE.search(text):
        return sum(text.count(q) for q in '"“„«「『‚') % 2 == 1 or _closes(text)
    return bool(_NUMBER_CHANGED.search(text) or _ACTED.search(text))


def _closes(text: str) -> bool:
    return text.endswith(tuple('"”“»」』’'))


def group_name(text: str) -> str | None:
    """The group's name in the notice of its creation."""
    plainly = plain(text)
    if not _CREATED.search(fold(text)):
        return None
    match = _NAMED_IN.search(plainly)
    return match["name"].strip() if match else None
