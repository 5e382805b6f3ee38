"""The page on sinks says what is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

from egregora.plugins import Group
from egregora.settings import SinkSettings, parse
from egregora.sinks.opening import SCHEMES

PAGE = (Path(__file__).resolve().parents[3] / "docs/sinks.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_its_settings_are_settings() -> None:
    sinks, site, offers = EXAMPLES
    (entry,) = parse(sinks).sinks
    assert entry.model_fields_set == set(SinkSettings.model_fields)
    assert parse(site).site.sources == ("family-*",)
    assert set(tomllib.loads(offers)["project"]["entry-points"]) == set(get_args(Group))


def test_it_names_every_kind_of_sink() -> None:
    for kind in get_args(SinkSettings.model_fields["what"].annotation):
        assert f"| `{kind}` |" in PAGE
    for scheme in SCHEMES:
        assert re.search(rf"^\| `{scheme}:", PAGE, re.MULTILINE)
