"""What is uploaded becomes the site that `egregora run` makes here from the same files, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud_runs import Files, assert_same, grown_there, run_here
from example_chat import example
from servers.stack import Stack, keys_of, open_stack
from whatsapp_exports import zipped

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud-sites")]

REAL = Path(__file__).parents[3] / "shared/cases"
AUTHORED = Path(__file__).parents[1] / "unit/ingest/cases"
SETTINGS = '[model]\nprovider = "offline"\n[windows]\npartition = "year"\ntokens = 8000\n[site]\nmarkdown = true\n'

REAL_EXPORTS = (
    "Chatistics/chat1_unicode",
    "chat-analytics/discord_GC_3A_5M",
    "chat-analytics/messenger_dm",
    "chat-analytics/telegram_dm",
    "chat-analytics/wa_4A_11M_zip",
    "chat-miner/signal_md",
    "chat-miner/telegram_all_chats",
    "chat-miner/wa_mmddyyyy_12hrs",
    "egregora/conversa_teste",
    "nmoya/chat2_old_ios",
    "slack-export-viewer/slack_zip",
    "slackdump/slack_export_zip",
    "whatsapp-chat-parser-website/example_zip",
    "whatsapp-chat-parser/format03",
    "whatstk/lorem_500",
    "whatstk/pokemon",
)
AUTHORED_EXPORTS = (
    "cal_fa_jalali",
    "discord_parts",
    "google_chat_takeout",
    "imessage_txt",
    "kind_poll",
    "loc_ja_JP_ios",
    "matrix_element_json",
    "messenger_mojibake_parts",
    "names_odd",
    "overlap_android_ios",
    "signal_cli_jsonl",
    "telegram_two_exports",
)


@pytest.fixture(scope="module")
def running() -> Iterator[Stack]:
    with open_stack(settings=SETTINGS) as stack:
        yield stack


@pytest.fixture
def stack(running: Stack) -> Iterator[Stack]:
    """An empty deployment."""
    yield running
    running.reset()


def load(root: Path, *cases: str) -> dict[str, bytes]:
    """The exports of cases by a name that tells them apart; several files of one export as a zip."""
    found = {}
    for case in cases:
        files = sorted(p for p in (root / case).rglob("*") if p.is_file() and p.name != "expected.json")
        name = case.replace("/", " ")
        if len(files) == 1:
            found[f"{name}{files[0].suffix}"] = files[0].read_bytes()
        else:
            found[f"{name}.zip"] = zipped({str(path.relative_to(root / case)): path.read_bytes() for path in files})
    return found


def assert_grows_alike(stack: Stack, exports: Files, folder: Path) -> None:
    wanted = run_here(exports, folder, SETTINGS)
    for name, data in exports.items():
        stack.upload(name, data)
    stack.settle()
    assert {answer.text for answer in stack.events.answers} == {"sliced\n"}
    assert len({key.split("/")[1] for key in keys_of(stack.work, "manifests/")}) >= len(exports)
    assert_same(grown_there(stack), wanted)


@pytest.mark.skipif(not REAL.is_dir(), reason="the collection of export files, ../shared/cases, is not here")
def test_real_exports_grow_the_site_that_a_run_makes_here(stack: Stack, tmp_path: Path) -> None:
    assert_grows_alike(stack, load(REAL, *REAL_EXPORTS), tmp_path)


def test_exports_of_many_formats_grow_the_site_that_a_run_makes_here(stack: Stack, tmp_path: Path) -> None:
    assert_grows_alike(stack, load(AUTHORED, *AUTHORED_EXPORTS), tmp_path)


def test_the_example_grows_the_site_that_a_run_makes_here(stack: Stack, tmp_path: Path) -> None:
    path = example(tmp_path / "made")
    assert_grows_alike(stack, {path.name: path.read_bytes()}, tmp_path)
