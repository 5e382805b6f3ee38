"""`egregora init`: a work folder with a settings file to edit."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli.options import work


@click.command("init")
@work
def command(work: Path) -> None:
    """Make a work folder with a settings file to edit, and a key. What is there already stays as it is."""
    from egregora.local import CONFIG, PROMPTS, load_settings
    from egregora.privacy.key import load_or_make_key
    from egregora.settings import template

    path = work / CONFIG
    (work / PROMPTS).mkdir(parents=True, exist_ok=True)
    load_or_make_key(work / "key")
    if path.exists():
        load_settings(work)
        click.echo(f"{path} is there already and valid; nothing was changed.")
        return
    path.write_text(template(), encoding="utf-8")
    click.echo(f"Edit {path}; every setting stands there with its default. Own prompts go into {work / PROMPTS}.")
