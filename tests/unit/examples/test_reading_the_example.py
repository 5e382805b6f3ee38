"""The reader of exports reads the example whole, as a text and as the zip a phone would make."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from egregora.ingest import Export, open_paths
from egregora.message import Message

EXAMPLES = Path(__file__).parents[3] / "examples"
NAME = "WhatsApp Chat with Harbour Street"
READ_AT = datetime(2025, 5, 5)  # noqa: DTZ001 - exports hold local time


def opened(path: Path) -> Export:
    return open_paths([path], now=READ_AT)


def zipped(folder: Path, *arguments: str) -> Path:
    path = folder / f"{NAME}.zip"
    subprocess.run([sys.executable, str(EXAMPLES / "make_zip.py"), str(path), *arguments], check=True)
    return path


def messages(export: Export) -> list[Message]:
    (chat,) = export.chats
    return list(chat.messages())


def test_the_text_reads_whole_and_without_a_warning() -> None:
    export = opened(EXAMPLES / f"{NAME}.txt")
    (chat,) = export.chats
    assert (chat.name, chat.messages_count, chat.system_count) == ("Harbour Street", 785, 10)
    assert (chat.first, chat.last) == ("2025-01-06T18:52:00", "2025-05-04T10:02:00")
    assert len(chat.authors) == 7
    assert export.report.warnings == ()


def test_the_kinds_are_told_apart() -> None:
    found = messages(opened(EXAMPLES / f"{NAME}.txt"))
    kinds = Counter[str](message.kind for message in found)
    exact = {"attachment": 22, "media_omitted": 3, "poll": 2, "call": 2, "deleted": 4, "system": 10}
    assert {kind: kinds[kind] for kind in exact} == exact
    assert kinds["location"] >= 1
    assert sum(message.edited for message in found) == 2


@pytest.mark.slow
def test_the_zip_reads_as_the_text_with_its_media_at_hand(tmp_path: Path) -> None:
    text, packed = messages(opened(EXAMPLES / f"{NAME}.txt")), messages(opened(zipped(tmp_path)))
    assert [(m.time, m.author, m.kind, m.text) for m in packed] == [(m.time, m.author, m.kind, m.text) for m in text]
    assert all(attachment.present for message in packed for attachment in message.attachments)


@pytest.mark.slow
def test_the_export_of_march_is_the_beginning_of_the_whole(tmp_path: Path) -> None:
    early = messages(opened(zipped(tmp_path, "--until", "2025-03-31")))
    whole = messages(opened(zipped(tmp_path)))
    assert whole[: len(early)] == early
    assert 600 < len(early) < len(whole)
