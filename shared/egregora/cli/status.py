"""`egregora status`: how things stand in a work folder."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli import DONE, WITH_FAILURES
from egregora.cli.options import Cloud, as_json, deployed, line, plural, show_json, work


@click.command("status")
@work
@deployed
@as_json
def command(work: Path, cloud: Cloud | None, as_json: bool) -> int:
    """Show windows by state, what failed and why, what was spent, and which sinks could not be reached.

    Exit status 1 where something failed.
    """
    from msgspec.structs import asdict

    from egregora.cli.places import open_place
    from egregora.pipeline.deliveries import failing, read_states
    from egregora.pipeline.overview import overview
    from egregora.pipeline.refusals import read_refusals

    with open_place(work, cloud) as place:
        views = overview(place.deployment)
        refusals = read_refusals(place.deployment.blobs)
        sinks = read_states(place.deployment.blobs)
        model = place.deployment.model_name
    failed, away = any(view.troubles for view in views), failing(sinks)
    status = WITH_FAILURES if failed or refusals.count or away else DONE
    if as_json:
        show_json({"model": model, "sources": views, "refusals": refusals, "sinks": [asdict(sink) for sink in sinks]})
        return status
    if not views:
        click.echo(f"Nothing has been read yet: {line('run', 'EXPORT', *place.words)}")
    for view in views:
        states = ", ".join(f"{count:,} {state.lower()}" for state, count in sorted(view.states.items()))
        tokens = view.usage.input_tokens + view.usage.output_tokens
        click.echo(f"{view.source}: {plural(view.messages, 'message')}, {view.first} to {view.last}")
        click.echo(f"  windows: {states}; posts: {view.posts:,}; tokens: {tokens:,}; cost: ${view.usage.cost:.2f}")
        for upload in view.uploads:
            click.echo(f"  upload: {upload}")
        for trouble in view.troubles:
            click.echo(f"  {trouble.state} {trouble.first} to {trouble.last}: {trouble.reason} ({trouble.window[:12]})")
    for refusal in refusals.newest:
        click.echo(f"REFUSED {refusal.kind} on {refusal.at:%Y-%m-%d %H:%M} UTC: {refusal.reason}")
    if refusals.count > len(refusals.newest):
        click.echo(f"REFUSED {refusals.count - len(refusals.newest):,} more before these")
    for sink in away:
        click.echo(f"NOT DELIVERED to {sink.name} since {sink.at:%Y-%m-%d %H:%M} UTC: {sink.reason}")
    if away:
        click.echo(f"Try to deliver once more with: {line('publish', *place.words)}")
    if failed:
        click.echo(f"Try what failed once more with: {line('reprocess', '--retry', *place.words)}")
    return status
