"""`egregora publish`: bring the website up to what is known."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli import DONE, WITH_FAILURES
from egregora.cli.options import Cloud, as_json, deployed, plural, show_json, tell_failures, to, work


@click.command("publish")
@to
@work
@deployed
@as_json
def command(to: Path, work: Path, cloud: Cloud | None, as_json: bool) -> int:
    """Bring the website, and every other sink, up to what is known, without working on windows.

    Only what changed is written. Exit status 1 where a sink could not be reached.
    """
    from egregora.cli.places import open_place

    with open_place(work, cloud, site=to, exclusive=True) as place:
        published = place.publish()
    status = WITH_FAILURES if published.failures else DONE
    if as_json:
        show_json(published)
        return status
    for name, delivery in published.deliveries.items():
        click.echo(
            f"{name}: {plural(delivery.written, 'file')} written, {delivery.deleted:,} deleted, "
            f"{delivery.unchanged:,} as they were"
        )
    tell_failures(published.failures)
    return status
