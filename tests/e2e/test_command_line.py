"""What users meet when they call the command with what they have, and when something is wrong."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from example_chat import EGREGORA, egregora, environment, example, run, weekly

pytestmark = pytest.mark.slow


def one_line(text: str) -> str:
    """The one line that was said."""
    lines = [line for line in text.strip().splitlines() if line]
    assert len(lines) == 1, lines
    return lines[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere.zip" in one_line(egregora("run", tmp_path / "nowhere.zip", expect=2))


def test_something_that_is_no_chat_is_refused_with_what_was_tried(tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_bytes(bytes(range(256)))
    assert "tried: whatsapp" in one_line(
        egregora("run", diary, "--work", tmp_path / "w", "--to", tmp_path / "s", expect=2)
    )
    assert not (tmp_path / "s").exists()


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    whole = example(tmp_path)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(whole.read_bytes()[:20_000])
    assert "broken.zip" in one_line(egregora("messages", broken, expect=2))


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", b"[13.05.23, 10:00:00] A: " + b"a" * 80_000_000)
    assert "bomb.zip" in one_line(egregora("messages", bomb, expect=2))


def test_a_misspelt_setting_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/egregora.toml").write_text("[windows]\ntokns = 5\n")
    said = one_line(egregora("run", example(tmp_path), "--work", tmp_path, "--to", tmp_path / "s", expect=2))
    assert "tokns" in said
    assert "egregora.toml" in said


def test_a_second_run_in_the_same_folder_is_told_to_wait(tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = egregora("run", example(tmp_path), "--work", tmp_path, "--to", tmp_path / "s", expect=2)
    assert "at work" in one_line(said)


def test_commands_before_the_first_run_say_how_to_begin(tmp_path: Path) -> None:
    for command in ("status", "reprocess", "publish"):
        assert "egregora run" in egregora(command, "--work", tmp_path / "none", expect=2)
    assert "egregora run" in egregora("serve", tmp_path / "none", expect=2)


def test_init_writes_settings_that_run_accepts_and_keeps_what_is_there(tmp_path: Path) -> None:
    egregora("init", "--work", tmp_path / "w")
    settings = tmp_path / "w/config/egregora.toml"
    template = settings.read_text()
    assert "# tokens = 16000" in template
    settings.write_text(template.replace("# tokens = 16000", "tokens = 2000"))
    egregora("init", "--work", tmp_path / "w")
    small = json.loads(egregora("estimate", example(tmp_path), "--work", tmp_path / "w", "--json"))
    large = json.loads(egregora("estimate", example(tmp_path), "--work", tmp_path / "new", "--json"))
    assert small["new"]["windows"] > large["new"]["windows"]
    assert not (tmp_path / "new").exists()


def test_messages_prints_one_object_a_line_and_a_report(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    lines = egregora("messages", example(tmp_path), "--report", report).splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 795
    assert {row["kind"] for row in rows} >= {"text", "attachment", "poll", "system", "deleted", "call"}
    assert json.loads(report.read_text())["files"][0]["format"] == "whatsapp"


def test_doctor_finds_nothing_wrong_with_a_fresh_machine_and_says_so(tmp_path: Path) -> None:
    said = egregora("doctor", "--work", tmp_path / "w")
    assert "FAULT" not in said
    assert "pagefind" in said


def test_doctor_names_a_key_that_others_can_read(tmp_path: Path) -> None:
    egregora("init", "--work", tmp_path)
    (tmp_path / "key").chmod(0o644)
    said = egregora("doctor", "--work", tmp_path, expect=1)
    assert f"chmod 600 {tmp_path / 'key'}" in said


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        [EGREGORA, "messages", example(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_forgotten_conversation_leaves_no_page_and_no_message(tmp_path: Path) -> None:
    egregora("run", example(tmp_path), "--work", tmp_path / "w", "--to", tmp_path / "s")
    egregora("forget", "harbour-street", "--yes", "--work", tmp_path / "w", "--to", tmp_path / "s")
    assert not list((tmp_path / "w").rglob("*.zst"))
    assert not list((tmp_path / "s").rglob("post.json"))


def test_prompts_of_ones_own_are_taken_and_one_that_is_no_text_is_named(tmp_path: Path) -> None:
    export = example(tmp_path, until="2025-01-12")
    assert run(export, weekly(tmp_path))["windows"]["done"] > 0
    (tmp_path / "work/config/prompts").mkdir()
    prompt = tmp_path / "work/config/prompts/writer.md"
    prompt.write_text("Write about it, in at most {max_posts} posts.")
    assert run(export, tmp_path)["windows"]["done"] > 0
    assert run(export, tmp_path)["windows"]["done"] == 0
    prompt.write_bytes(b"\xff\xfe\x00")
    assert "writer.md" in one_line(egregora("status", "--work", tmp_path / "work", expect=2))


def test_a_lost_key_is_said_before_everybody_comes_twice(tmp_path: Path) -> None:
    export = example(tmp_path, until="2025-01-12")
    egregora("run", export, "--work", tmp_path / "w", "--to", tmp_path / "s")
    (tmp_path / "w/key").unlink()
    said = one_line(egregora("run", export, "--work", tmp_path / "w", "--to", tmp_path / "s", expect=2))
    assert "restore it from a copy" in said
    assert not (tmp_path / "w/key").exists()
