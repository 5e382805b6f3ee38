from __future__ import annotations

from collections import Counter

import pytest

from egregora.agents.prompts import load_prompts
from egregora.cloud.config import Config
from egregora.errors import Reject
from egregora.settings import Settings
from egregora.testing import MemoryBlobs, hooked

TOML, PROMPT = "config/egregora.toml", "config/prompts/writer.md"


def test_where_nothing_was_tuned_the_defaults_hold() -> None:
    tuned = Config(MemoryBlobs()).read()
    assert (tuned.settings, tuned.prompts) == (Settings(), load_prompts())


def test_what_changes_holds_from_the_next_call_on() -> None:
    blobs = MemoryBlobs()
    config = Config(blobs)
    config.read()
    blobs.write(TOML, b"[windows]\ntokens = 512\n")
    blobs.write(PROMPT, b"Write {max_posts} posts.")
    tuned = config.read()
    assert tuned.settings.windows.tokens == 512
    assert tuned.prompts.writer == "Write {max_posts} posts.\n"
    blobs.write(TOML, b"[windows]\ntokens = 1024\n")
    blobs.delete(PROMPT)
    tuned = config.read()
    assert tuned.settings.windows.tokens == 1024
    assert tuned.prompts == load_prompts()


def test_what_is_unchanged_costs_one_listing() -> None:
    blobs = MemoryBlobs()
    blobs.write(TOML, b"")
    blobs.write("config/deployment.toml", b"somebody else's")
    blobs.write("config/prompts/notes.txt", b"no prompt")
    calls: Counter[str] = Counter()
    config = Config(hooked(blobs, "blobs", lambda call, moment: calls.update([call] if moment == "before" else [])))
    first = config.read()
    assert calls == {"blobs.list": 1, "blobs.read": 1}
    blobs.write("config/deployment.toml", b"changed")
    assert config.read() is first
    assert calls == {"blobs.list": 2, "blobs.read": 1}


@pytest.mark.parametrize(
    ("key", "text"),
    [(TOML, b"[windows]\ntokns = 1\n"), (TOML, b"\xff"), (PROMPT, b"{unknown_word}"), ("config/prompts/my.md", b"x")],
)
def test_a_fault_is_named_with_its_file_until_it_is_mended(key: str, text: bytes) -> None:
    blobs = MemoryBlobs()
    config = Config(blobs)
    blobs.write(key, text)
    for _ in range(2):
        with pytest.raises(Reject, match=key):
            config.read()
    blobs.delete(key)
    assert config.read().settings == Settings()
