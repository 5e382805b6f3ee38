"""Exports that other projects keep, and what is known about them."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from egregora.ingest import open_paths
from egregora.message import Message
from whatsapp_exports import NOW

SHARED = Path(__file__).parents[4] / "shared/cases"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.exists(), reason="the collection of export files, ../shared/cases, is not here"),
]


@pytest.mark.parametrize(
    ("path", "counts", "first", "last"),
    [
        ("slack-export-viewer/slack_zip/testarchive.zip", [56, 102], 1452837318, 1459254786),
        ("slackdump/slack_export_zip/source_export.zip", [16], 1736478514, 1737716342),
        ("slackdump/slack_export_dir/export", [16], 1736478514, 1737716342),
    ],
)
def test_every_channel_of_slack_is_read_from_its_first_message_to_its_last(
    path: str, counts: list[int], first: int, last: int
) -> None:
    chats = open_paths([SHARED / path], now=NOW).chats
    messages = [list(chat.messages()) for chat in chats]
    times = sorted(datetime.fromisoformat(m.time).timestamp() for chat in messages for m in chat if m.time)
    assert sorted(map(len, messages)) == counts
    assert (times[0], times[-1]) == (first, last)


def test_all_known_exports_of_telegram_and_discord_hold() -> None:
    ids = [
        "chat-miner/telegram_single", "chat-miner/telegram_all_chats", "chat-analytics/telegram_big_5475",
        "authored/tg_split_two_files", "chat-analytics/discord_DM_2A_2M", "chat-analytics/discord_SV_5A_5M",
        "authored/discord_partitions",
    ]  # fmt: skip
    command = f"{sys.executable} -m egregora messages"
    done = subprocess.run(
        [sys.executable, SHARED / "check", "--command", command, *ids], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def read(path: str) -> list[Message]:
    (chat,) = open_paths([SHARED / path], now=NOW).chats
    return list(chat.messages())


def test_a_direct_chat_of_telegram_with_local_times_instants_and_a_call() -> None:
    messages = read("chat-analytics/telegram_dm/result.json")
    said = [m for m in messages if m.kind not in {"system", "call"}]
    assert [(m.author_id, m.author) for m in said[:2]] == [("user700000000", "Bob"), ("user300000000", "Alice")]
    assert [len(said), len(messages)] == [6, 8]
    assert (said[0].time, said[-1].time) == ("2019-07-12T16:55:32", "2022-06-10T22:06:39Z")
    (call,) = (m for m in messages if m.kind == "call")
    assert (call.id, call.time) == ("3674", "2023-08-11T02:11:02Z")


def test_a_group_of_discord_with_a_reply_and_a_call() -> None:
    messages = read("chat-analytics/discord_GC_3A_5M/GC_3A_5M.json")
    said = [m for m in messages if m.kind != "system"]
    assert [len(said), len(messages)] == [3, 4]  # a new name and picture of the channel are no messages
    assert messages[0].time == "2023-01-17T19:33:19.087Z"
    assert [m.reply_to for m in said] == [None, None, "1064990824305274930"]
    assert messages[-1].time == "2023-03-03T14:47:59.187Z"
