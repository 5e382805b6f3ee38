"""Names of attached files, which may hold the name or number of a person."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_MADE_BY_WHATSAPP = re.compile(
    r"(?:[A-Z]{3,8}-\d{8}-WA\d{4,6}|\d{8}-[A-Z]{3,9}-\d{4}(?:-\d\d){5})(?:\.\w{1,8}){0,2}", re.ASCII
)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}")
_KINDS = {
    **dict.fromkeys(
        (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff"), "image"
    ),
    **dict.fromkeys((".mp4", ".mov", ".m4v", ".3gp", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"), "video"),
    **dict.fromkeys((".opus", ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".wav", ".amr", ".flac"), "audio"),
}
_CONTACTS = (".vcf", ".vcard")


def is_generated(name: str) -> bool:
    """Whether WhatsApp made the name up, from a kind, a date and a count."""
    return bool(_MADE_BY_WHATSAPP.fullmatch(name))


def is_contact(name: str) -> bool:
    """Whether the file is somebody's contact card, and so named after them."""
    return name.lower().endswith(_CONTACTS)


def generic_name(name: str) -> str:
    """The file's kind and extension and nothing else: ``document.pdf``, ``image.jpg``, ``contact.vcf``."""
    extension = PurePosixPath(name).suffix.lower()
    if not _EXTENSION.fullmatch(extension):
        return "file"
    if is_contact(name):
        return "contact" + extension
    return _KINDS.get(extension, "document") + extension
