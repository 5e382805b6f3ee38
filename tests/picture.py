"""The README's picture: the front page of a site, as vectors.

Run as ``PYTHONPATH=tests python -m picture SITE PICTURE.svg``; it needs Debian's chromium and poppler-utils.
"""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from chromium import browser

WIDTH, HEIGHT = 1180, 720
"""Of the picture, in CSS pixels."""


def take(site: Path, picture: Path) -> None:
    """Draw the top of `site`'s front page into `picture`."""
    with TemporaryDirectory() as folder, browser() as chromium:
        tab = chromium.tab()
        tab.open((site / "index.html").resolve().as_uri(), width=WIDTH, height=HEIGHT)
        tab.command("Emulation.setEmulatedMedia", media="screen")
        printed = tab.command(
            "Page.printToPDF", printBackground=True, paperWidth=WIDTH / 96, paperHeight=HEIGHT / 96, pageRanges="1",
            marginTop=0, marginBottom=0, marginLeft=0, marginRight=0,
        )  # fmt: skip
        page = Path(folder, "page.pdf")
        page.write_bytes(base64.b64decode(printed["data"]))
        picture.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["pdftocairo", "-svg", "-f", "1", "-l", "1", page, picture], check=True)
        drawing = picture.read_text(encoding="utf-8")
        picture.write_text(re.sub(r"-?\d+\.\d{3,}", _rounded, drawing), encoding="utf-8")


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]))
