"""`egregora forget`: remove a conversation and all that was made from it."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli.options import as_json, existing, plural, show_json, to, work
from egregora.errors import Reject


@click.command("forget")
@click.argument("source")
@to
@work
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def command(source: str, to: Path, work: Path, yes: bool, as_json: bool) -> None:
    """Remove a conversation and all that was made from it, from the work folder and the website, at once."""
    from egregora.cli.working import publish
    from egregora.ids import SourceId
    from egregora.local import open_workplace
    from egregora.pipeline.sweeping import forget
    from egregora.settings import credentials

    with open_workplace(existing(work), credentials=credentials(), site=to, exclusive=True) as place:
        if source not in place.deployment.manifests.sources():
            raise Reject(f"there is no conversation {source}; `egregora status` lists them")
        if not yes:
            click.confirm(f"Remove {source} and everything made from it?", abort=True)
        swept = forget(place.deployment, SourceId(source))
        publish(place)
    if as_json:
        show_json({"source": source, "removed": swept})
        return
    click.echo(f"{source} is forgotten: {plural(swept.blobs, 'file')} and {swept.entries:,} journal entries removed.")
