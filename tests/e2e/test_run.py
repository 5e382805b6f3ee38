"""The main job on the example, through the command that users call."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from e2e import personal
from example_chat import EGREGORA, contents, egregora, environment, example, run, stamps, weekly

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the whole example was run undisturbed."""
    folder = weekly(tmp_path_factory.mktemp("reference"))
    run(example(folder), folder)
    return folder


def test_the_second_run_makes_no_model_call_and_writes_no_byte(reference: Path) -> None:
    before = stamps(reference)
    again = run(reference / "WhatsApp Chat with Harbour Street.zip", reference)
    assert again["windows"]["usage"]["calls"] == 0
    assert stamps(reference) == before


def test_a_longer_export_makes_model_calls_only_for_what_is_new_or_changed(reference: Path, tmp_path: Path) -> None:
    weekly(tmp_path, key_of=reference)
    run(example(tmp_path / "march", until="2025-03-31"), tmp_path)
    early = {path.name for path in (tmp_path / "work/slices").iterdir()}
    second = run(example(tmp_path / "may"), tmp_path)
    late = {path.name for path in (tmp_path / "work/slices").iterdir()}
    assert second["windows"]["done"] == len(late - early)
    assert second["windows"]["usage"]["calls"] == 2 * len(late - early)
    assert 0 < len(late - early) < len(late)
    grown, whole = (contents(folder / "site") for folder in (tmp_path, reference))
    different = {path for path in grown.keys() | whole.keys() if grown.get(path) != whole.get(path)}
    # Only the status page differs, which tells of two uploads, or of one.
    assert different == {"site/status/index.html", "site/.egregora/record.json"}


def test_killed_at_twenty_moments_and_run_again_it_ends_with_the_same_bytes(reference: Path, tmp_path: Path) -> None:
    export, chance, kills, rounds = example(tmp_path), random.Random(20), 0, 0
    wanted = contents(reference / "site", reference / "site-markdown")
    began = time.monotonic()
    run(export, weekly(tmp_path / "timing"))
    whole = time.monotonic() - began
    while kills < 20:
        rounds += 1
        folder = weekly(tmp_path / f"round-{rounds}", key_of=reference)
        finished = False
        while not finished and kills < 20:
            process = subprocess.Popen(
                [EGREGORA, "run", export, "--work", folder / "work", "--to", folder / "site"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(),
            )  # fmt: skip
            try:
                finished = process.wait(timeout=chance.uniform(0.2, whole)) == 0
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
        run(export, folder)
        assert contents(folder / "site", folder / "site-markdown") == wanted


def test_a_changed_display_of_names_makes_no_model_call(reference: Path, tmp_path: Path) -> None:
    export = example(tmp_path)
    run(export, weekly(tmp_path, key_of=reference))
    with (tmp_path / "work/config/egregora.toml").open("a") as settings:
        settings.write('[privacy]\nnames = "real"\n')
    answers = contents(tmp_path / "work/responses")
    result = run(export, tmp_path)
    assert result["windows"]["usage"]["calls"] == 0
    assert contents(tmp_path / "work/responses") == answers
    before, after = contents(reference / "site"), contents(tmp_path / "site")
    changed = [path for path in after if before.get(path) != after[path]]
    assert changed
    assert [path for path in after if before.get(path) == after[path]]


def test_no_name_or_number_of_the_input_reaches_the_model_the_journal_or_the_logs(reference: Path) -> None:
    work = reference / "work"
    kept = [*work.glob("*.sqlite"), *work.glob("*.log"), *(work / "documents").rglob("*.json")]
    kept += [*(work / "responses").iterdir(), *(work / "manifests").rglob("*.json"), *(work / "reports").rglob("*")]
    for path in kept:
        if not path.is_file():
            continue
        words = f"{path.relative_to(work)}\n" + path.read_bytes().decode("utf-8", "replace")
        digits = re.sub(r"[ ()\-.]", "", words)
        found = [
            name
            for name in personal.NAMES | personal.ADDRESSES
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.IGNORECASE)
        ]
        assert not found, (path, found)
        assert not [number for number in personal.NUMBERS if number in digits], path


def test_what_somebody_who_opted_out_wrote_is_nowhere(reference: Path) -> None:
    said = re.findall(r"^\S+, \S+ - Tariq: (.{40,})$", personal.TEXT, re.MULTILINE)
    lines = [line for line in said if "/egregora" not in line]
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (reference / "site").rglob("*.html"))
    assert lines
    assert not [line for line in lines if line in pages]
    assert "Tariq" not in " ".join(re.findall(r'class="[^"]*person[^"]*"[^>]*>([^<]*)<', pages))


def test_status_and_estimate_agree_with_what_was_run(reference: Path) -> None:
    status = json.loads(egregora("status", "--work", reference / "work", "--json"))
    estimate = json.loads(
        egregora(
            "estimate", reference / "WhatsApp Chat with Harbour Street.zip", "--work", reference / "work", "--json"
        )
    )
    assert status["sources"][0]["states"] == {"DONE": estimate["sources"][0]["windows"]}
    assert estimate["new"]["windows"] == 0
