"""`egregora forget`: remove a conversation and all that was made from it."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli import DONE, WITH_FAILURES
from egregora.cli.options import Cloud, as_json, deployed, plural, show_json, tell_failures, to, work
from egregora.errors import Reject


@click.command("forget")
@click.argument("source")
@to
@work
@click.option("--yes", is_flag=True, help="Do not ask.")
@deployed
@as_json
def command(source: str, to: Path, work: Path, yes: bool, cloud: Cloud | None, as_json: bool) -> int:
    """Remove a conversation and all that was made from it, from where it is kept and the website, at once."""
    from egregora.cli.places import open_place
    from egregora.ids import SourceId
    from egregora.pipeline.sweeping import forget

    with open_place(work, cloud, site=to, exclusive=True) as place:
        if source not in place.deployment.manifests.sources():
            raise Reject(f"there is no conversation {source}; `egregora status` lists them")
        if not yes:
            click.confirm(f"Remove {source} and everything made from it?", abort=True)
        swept = forget(place.deployment, SourceId(source))
        published = place.publish()
    status = WITH_FAILURES if published.failures else DONE
    if as_json:
        show_json({"source": source, "removed": swept, "published": published})
        return status
    click.echo(f"{source} is forgotten: {plural(swept.blobs, 'file')} and {swept.entries:,} journal entries removed.")
    tell_failures(published.failures)
    return status
