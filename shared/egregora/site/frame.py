"""What every page shares: the templates, the assets, the site's title; and the one way of making a page.

A page is a template and a context of plain values with all names resolved. Its `inputs` are the digest of both, so
that a page cannot show what its inputs do not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from egregora import __version__
from egregora.ids import sha256
from egregora.site import Page, Phase, SiteInput, charts, dates

_HERE = Path(__file__).parent
_LIBRARIES = ("jinja2", "markdown-it-py", "nh3", "pagefind_bin")
_encoder = msgspec.json.Encoder(order="deterministic")

BASE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"
SEARCH_POLICY = f"{BASE_POLICY}; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

Context = Mapping[str, Any]


class Frame:
    """The frame around every page of one site."""

    def __init__(self, site: SiteInput) -> None:
        base = site.settings.base_url.strip()
        self.title = " ".join(site.title.split()) or "Our conversation"
        self.base_url = f"{base.rstrip('/')}/" if base.startswith(("https://", "http://")) else ""
        self.shell: Context = {
            "title": self.title,
            "description": " ".join(site.settings.description.split()),
            "base_url": self.base_url,
            "language": site.settings.language,
            "search": site.settings.search,
            "assets": asset_names(),
        }
        self._digest = sha256(renderer_digest(), _encoder.encode(self.shell))

    def page(self, path: str, phase: Phase, template: str, context: Context, *, root: str | None = None) -> Page:
        """A page at `path` made by `template` from `context`. `root` leads to the site's root; by default relative."""
        up = "../" * path.count("/") if root is None else root

        def render() -> bytes:
            return self.render(template, path, up, context)

        return Page(path, self.inputs(template, path, up, context), phase, render)

    def inputs(self, *values: object) -> str:
        """The digest of what a page is made from: `values` that JSON can hold, the frame, and the code."""
        return sha256(self._digest, _encoder.encode(values))

    def render(self, template: str, path: str, root: str, context: Context) -> bytes:
        """Fill in a template."""
        shared = {"site": self.shell, "path": path, "root": root, "policy": BASE_POLICY}
        return _environment().get_template(template).render({**shared, **context}).encode()

    def address(self, path: str) -> str:
        """Where `path` can be found: absolute where the site's address is known, else from its root."""
        return self.base_url + quote(path)


def asset_pages() -> list[Page]:
    """Style sheet, search script and icon, with their digests in their names; they never change in place."""
    return [
        Page(name, sha256(data), Phase.ASSETS, _constant(data))
        for data, name in ((_asset(file), name) for file, name in asset_names().items())
    ]


@cache
def asset_names() -> dict[str, str]:
    """The path of each asset on the site by its file name."""
    names = {}
    for file in sorted(path.name for path in (_HERE / "assets").iterdir() if path.suffix in {".css", ".js", ".svg"}):
        stem, _, suffix = file.rpartition(".")
        names[file] = f"assets/{stem}-{sha256(_asset(file))[:10]}.{suffix}"
    return names


@cache
def renderer_digest() -> str:
    """Digest of all that turns input into pages: this package's code and templates, and the libraries it uses.

    With it in every page's inputs, a page made by an older version is made anew.
    """
    parts: list[bytes | str] = [__version__, *(f"{name} {version(name)}" for name in _LIBRARIES)]
    for path in sorted(_HERE.rglob("*")):
        if path.suffix in {".py", ".html", ".xml", ".css", ".js", ".svg"}:
            parts += [path.relative_to(_HERE).as_posix(), path.read_bytes()]
    return sha256(*parts)


@cache
def _asset(file: str) -> bytes:
    return (_HERE / "assets" / file).read_bytes()


def _constant(data: bytes) -> Callable[[], bytes]:
    return lambda: data


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "link": lambda path: quote(path, safe="/#"),
        "day": dates.day_label,
        "weekday": dates.weekday,
        "month": dates.month_label,
        "number": lambda value: f"{value:,}",
        "xml": _xml,
    }
    environment.globals |= {
        "bars": charts.bars,
        "share": charts.share,
        "month_grid": charts.month_grid,
        "spark": charts.spark,
        "hours_chart": charts.hours_chart,
    }
    return environment


def _xml(text: str) -> str:
    """Leave out the characters that XML has no way to write."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )
