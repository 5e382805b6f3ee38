"""The page on formats says what is so."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

from egregora.ingest import Reader
from egregora.ingest.formats import READERS
from fuzz.promise import NOW, hold
from whatsapp_exports import codes, source

PAGE = (Path(__file__).resolve().parents[3] / "docs/formats.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_its_reader_reads_and_keeps_the_promises_of_readers() -> None:
    module = ModuleType("pigeon")
    sys.modules["pigeon"] = module  # where dataclasses look for what annotations mean
    try:
        exec(compile(EXAMPLE, "docs/formats.md", "exec"), module.__dict__)
    finally:
        del sys.modules["pigeon"]
    reader: Reader = module.Pigeon(NOW)
    post = source("COO 2024-03-01T09:00 Ana: home again\nwind\nCOO soon Ben: wait\n", "loft.txt")
    assert reader.detect(post, b"COO 2024") > 0.5
    found = reader.read([post], [post])
    (chat,) = found.chats
    hold(chat, found)
    assert [(m.time, m.author) for m in chat.messages()] == [("2024-03-01T09:00:00", "Ana"), (None, "Ben")]
    assert codes(found) == {"bad_lines": 1}


def test_every_format_stands_in_its_tables() -> None:
    modules = {name.rpartition(".")[0].removeprefix("documents.") for name in READERS}
    told = PAGE.casefold().replace("json lines", "jsonl").replace("plain text", "text").replace(" ", "_")
    assert {name for name in modules if name not in told} == set()
