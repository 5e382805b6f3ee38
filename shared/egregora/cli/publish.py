"""`egregora publish`: bring the website up to what is known."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli.options import as_json, existing, plural, show_json, to, work


@click.command("publish")
@to
@work
@as_json
def command(to: Path, work: Path, as_json: bool) -> None:
    """Bring the website up to what is known, without working on windows. Only what changed is written."""
    from egregora.cli.working import publish
    from egregora.local import open_workplace
    from egregora.settings import credentials

    with open_workplace(existing(work), credentials=credentials(), site=to, exclusive=True) as place:
        published = publish(place)
    if as_json:
        show_json(published)
        return
    for name, delivery in published.deliveries.items():
        click.echo(
            f"{name}: {plural(delivery.written, 'file')} written, {delivery.deleted:,} deleted, "
            f"{delivery.unchanged:,} as they were"
        )
