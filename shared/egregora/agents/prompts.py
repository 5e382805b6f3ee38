"""Prompts: one Markdown file an agent under ``prompts/``, each of which a user's own may replace.

A prompt may hold placeholders, ``{max_posts}`` and ``{language}``. They are filled when a request is made; any other
text in braces stays as it is, unless it looks like a misspelt placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from egregora.errors import Reject
from egregora.settings import WritingSettings

FILES = ("enricher.md", "writer.md")
"""The prompt files there are, here and under ``config/prompts/``."""

PLACEHOLDERS = ("max_posts", "language")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Prompts:
    """The agents' prompts, with placeholders."""

    enricher: str
    writer: str


def load_prompts(overrides: Mapping[str, str] = _NO_OVERRIDES) -> Prompts:
    """Read the prompts; `overrides` maps file names (``writer.md``) to the texts that replace the package's own.

    Raises `Reject` where an override has an unknown name, is empty, or holds an unknown placeholder.
    """
    for name, text in overrides.items():
        _check(name, text)
    folder = resources.files("egregora.agents") / "prompts"
    texts = {name: overrides.get(name) or (folder / name).read_text(encoding="utf-8") for name in FILES}
    enricher, writer = (texts[name].replace("\r\n", "\n").strip() + "\n" for name in FILES)
    return Prompts(enricher, writer)


def fill(prompt: str, writing: WritingSettings) -> str:
    """Put the settings into a prompt, in one pass, so that a value is never read as a placeholder."""
    language = "the language of the conversation" if writing.language == "auto" else f"`{writing.language}` (BCP 47)"
    values = {"max_posts": str(writing.max_posts), "language": language}
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), prompt)


def _check(name: str, text: str) -> None:
    if name not in FILES:
        raise Reject(f"config/prompts/{name}: there is no such prompt; there are {' and '.join(FILES)}")
    if not text.strip():
        raise Reject(f"config/prompts/{name} is empty; delete it to have the default again")
    unknown = sorted({match for match in _PLACEHOLDER.findall(text) if match not in PLACEHOLDERS})
    if unknown:
        known = ", ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS)
        raise Reject(f"config/prompts/{name}: unknown placeholder {{{unknown[0]}}}; known are {known}")
