"""`egregora messages`: what a reader makes of exports."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from egregora.cli.options import exports


@click.command("messages")
@exports
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write what was read, as JSON.")
def command(exports: tuple[Path, ...], report: Path | None) -> int:
    """Print the messages of exports as JSON lines, in the order of the conversation.

    Files that belong to one chat are merged. Exit status: 0 read, 1 read with damage, 2 nothing readable.
    """
    from egregora.ingest.listing import list_messages

    return list_messages(list(exports), sys.stdout, report)
