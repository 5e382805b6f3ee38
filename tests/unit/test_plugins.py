"""What an installed package offers by its entry points, from the day it is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egregora.errors import Reject, Unreadable
from egregora.ingest.opening import open_paths
from egregora.models.choice import choose_model, model_name
from egregora.settings import Credentials, IngestSettings, ModelSettings, parse
from egregora.sinks.opening import open_sink
from egregora.testing import MemorySink

Install = Callable[..., None]
NOW = datetime(2024, 6, 1, tzinfo=UTC)

READER = """
from egregora.ingest import Chat, ChatReport, Export, FileReport, Report
from egregora.message import Message

class Pigeon:
    format = "pigeon"
    def __init__(self, now): self.now = now
    def detect(self, source, head): return 0.9 if head.startswith(b"PIGEON") else 0.0
    def read(self, sources, group):
        messages = [Message(time="2024-03-01T09:00:00", author="Ana", text="coo")]
        chat = Chat(id="", name="Loft", platform="pigeon", authors=("Ana",), messages=lambda: iter(messages),
            messages_count=1, system_count=0, first=messages[0].time, last=messages[0].time, named=True)
        report = ChatReport("", "Loft", "pigeon", 1, 0, messages[0].time, messages[0].time)
        return Export((chat,), Report((FileReport(sources[0].name, "pigeon", (report,)),)))
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package of one module, as pip does: the module, and what it offers beside it."""
    place = tmp_path / "site-packages"
    place.mkdir()
    monkeypatch.syspath_prepend(place)

    def installed(module: str, code: str, **groups: str) -> None:
        (place / f"{module}.py").write_text(code)
        described = place / f"{module}-1.0.dist-info"
        described.mkdir()
        (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        lines = [f"[egregora.{group}]\n{entry}\n" for group, entry in groups.items()]
        (described / "entry_points.txt").write_text("\n".join(lines))

    before = set(sys.modules)
    yield installed
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(place)):
            del sys.modules[name]


def test_a_sink_is_called_by_the_scheme_of_its_urls(install: Install) -> None:
    install(
        "egregora_attic",
        "from egregora.testing import MemorySink\ndef make(to, *, name): return MemorySink(f'{name} {to}')\n",
        sinks="attic = egregora_attic:make",
    )
    sink = open_sink("attic:under/the/roof", name="mine", folder=None)
    assert isinstance(sink, MemorySink)
    assert sink.name == "mine attic:under/the/roof"
    with pytest.raises(Reject, match="no sink is called cellar: there are file, gs, s3, attic"):
        open_sink("cellar:x", name="mine", folder=None)


@pytest.mark.parametrize("broken", ["import nothing_of_this_name", "make = 1 / 0", "other = 1"])
def test_one_that_cannot_be_loaded_is_named_in_one_line_and_only_when_it_is_needed(
    install: Install, tmp_path: Path, broken: str
) -> None:
    install("egregora_attic", broken, sinks="attic = egregora_attic:make", models="attic = egregora_attic:make")
    open_sink("file:x", name="mine", folder=tmp_path)
    choose_model(ModelSettings(), Credentials())
    assert model_name(ModelSettings(provider="attic", name="roof-1"), Credentials()) == "roof-1"
    for call in (
        lambda: open_sink("attic:x", name="mine", folder=None),
        lambda: choose_model(ModelSettings(provider="attic"), Credentials()),
    ):
        with pytest.raises(Reject, match="'attic' of egregora_attic") as raised:
            call()
        assert "cannot be loaded" in str(raised.value)
        assert "\n" not in str(raised.value)


def test_a_model_is_called_by_its_provider_and_goes_by_the_name_in_the_settings(install: Install) -> None:
    install(
        "egregora_oracle",
        "from egregora.testing import ScriptedModel\n"
        "def make(settings, credentials): return ScriptedModel(name=settings.name)\n",
        models="oracle = egregora_oracle:make",
    )
    settings = ModelSettings(provider="oracle", name="delphi-2")
    assert choose_model(settings, Credentials()).name == model_name(settings, Credentials()) == "delphi-2"
    assert parse('[model]\nprovider = "oracle"').model.provider == "oracle"
    with pytest.raises(Reject, match=r"model.provider: .*there is no orakel: there are auto, offline, gemini, oracle"):
        parse('[model]\nprovider = "orakel"')


def test_a_reader_is_asked_about_what_no_reader_of_ours_knows(install: Install, tmp_path: Path) -> None:
    install("egregora_pigeon", READER, readers="pigeon = egregora_pigeon:Pigeon")
    for name in ("loft.txt", "loft.dat"):
        file = tmp_path / name
        file.write_text("PIGEON 1\ncoo\n")
        assert [chat.name for chat in open_paths([file], IngestSettings(), now=NOW).chats] == ["Loft"]
    unknown = tmp_path / "unknown.dat"
    unknown.write_bytes(bytes(range(256)))
    with pytest.raises(Unreadable, match="pigeon"):
        open_paths([unknown], IngestSettings(), now=NOW)


def test_a_reader_is_not_loaded_where_one_of_ours_knows_the_file(install: Install, tmp_path: Path) -> None:
    install("egregora_pigeon", "raise RuntimeError", readers="pigeon = egregora_pigeon:Pigeon")
    chat = tmp_path / "WhatsApp Chat with Loft.txt"
    chat.write_text("".join(f"01/03/2024, 09:0{n} - Ana: coo {n}\n" for n in range(9)))
    assert len(open_paths([chat], IngestSettings(), now=NOW).chats) == 1
    chat.write_bytes(bytes(range(256)))
    with pytest.raises(Reject, match="'pigeon' of egregora_pigeon"):
        open_paths([chat], IngestSettings(), now=NOW)
