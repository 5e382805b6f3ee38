"""Authored exports, of every format, locale and difficulty, and what is known about them."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path
from typing import Any, get_args

import pytest

from egregora.ingest import Platform, open_paths
from egregora.ingest.listing import conversations, merged
from whatsapp_exports import NOW, codes

HERE = Path(__file__).parent / "cases"
CASES = [json.loads(line) for line in (HERE / "expected.jsonl").read_text(encoding="utf-8").split("\n") if line]
CHECK = Path(__file__).parents[4] / "shared/cases/check"
MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " ")


def normalised(text: str | None) -> str:
    return unicodedata.normalize("NFC", (text or "").translate(MARKS)).strip()


def files(case: dict[str, Any], folder: Path) -> list[Path]:
    """The files of a case; a zip is made in `folder` of the texts that lie in ``NAME.zip.d``, with what a Mac adds."""
    paths = [HERE / case["id"] / name for name in case["files"]]
    return [path if path.exists() else _zipped(path.with_name(f"{path.name}.d"), folder / path.name) for path in paths]


def _zipped(source: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(source.rglob("*.txt")):
            inside = path.relative_to(source)
            archive.writestr(f"__MACOSX/{inside.parent}/._{inside.name}", b"\x00\x05\x16\x07junk")
            archive.write(path, str(inside))
            archive.writestr(f"{inside.parent}/.DS_Store", b"\x00")
    return target


@pytest.mark.parametrize("case", [c for c in CASES if "format_not" not in c["expect"]], ids=lambda c: c["id"])
def test_authored_case_is_read_as_it_was_written(case: dict[str, Any], tmp_path: Path) -> None:
    export = open_paths(files(case, tmp_path), now=NOW)
    want = case["expect"]
    (group,) = conversations(export.chats)
    assert {chat.platform for chat in group} == {case["format"]}
    messages = list(merged(group))
    people = [m for m in messages if m.kind != "system"]
    if "total" in want:
        assert len(messages) == want["total"]
    assert len(people) == want["messages"]
    if "authors" in want:
        found = {a: sum(m.author == a for m in people) for a in {m.author for m in people}}
        assert found == {k.translate(SPACES): v for k, v in want["authors"].items()}
    for wanted, message in zip(want.get("rows", []), messages, strict=False):
        assert message.time == wanted["ts"]
        assert normalised(message.text) == normalised(wanted["text"])
        assert message.author == (wanted["author"] and wanted["author"].translate(SPACES))
        kind, *flags = (wanted.get("kind") or ("text" if wanted["author"] else "system")).split("+")
        assert message.kind == kind
        assert message.edited == ("edited" in flags)
    if isinstance(want.get("attachments"), list):
        assert [a.name for m in messages for a in m.attachments] == want["attachments"]
    for code in ("date_order_ambiguous", "head_lines_dropped"):
        if code in want:
            assert codes(export).get(code, 0) == int(want[code])
    if "warnings" in want:
        assert codes(export) == want["warnings"]
    if "flag_ok" in want:
        assert want["flag_ok"] in codes(export)


def test_every_authored_case_counts_what_it_streams(tmp_path: Path) -> None:
    for case in CASES:
        if "format_not" in case["expect"]:
            continue
        for chat in open_paths(files(case, tmp_path), now=NOW).chats:
            kinds = [m.kind for m in chat.messages()]
            assert kinds.count("system") == chat.system_count
            assert len(kinds) == chat.messages_count + chat.system_count


def test_every_format_has_a_case() -> None:
    assert {case["format"] for case in CASES} == set(get_args(Platform))


def test_a_diary_is_a_document_and_no_chat() -> None:
    (found,) = open_paths([HERE / "neg_diary/diary.md"], now=NOW).chats
    assert (found.platform, found.messages_count) == ("markdown", 1)


@pytest.mark.slow
def test_all_known_whatsapp_exports_hold() -> None:
    if not CHECK.exists():
        pytest.skip("the collection of export files, ../shared/cases, is not on this machine")
    cases = [
        json.loads(line) for line in (CHECK.parent / "expected.jsonl").read_text(encoding="utf-8").split("\n") if line
    ]
    ids = [c["id"] for c in cases if c["format"] == "whatsapp"]
    command = f"{sys.executable} -m egregora messages"
    done = subprocess.run(
        [sys.executable, CHECK, "--command", command, *ids], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
