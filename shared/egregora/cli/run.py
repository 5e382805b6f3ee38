"""`egregora run`: the whole pipeline on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli import DONE, WITH_FAILURES
from egregora.cli.options import as_json, exports, line, plural, show_json, to, work


@click.command("run")
@exports
@to
@work
@click.option("--workers", type=click.IntRange(1, 64), help="Windows worked on at once.")
@as_json
def command(exports: tuple[Path, ...], to: Path, work: Path, workers: int | None, as_json: bool) -> int:
    """Turn exports into a website, here; go on where an earlier run stopped.

    EXPORT is a chat export: a zip, a text, or a folder of them. Nothing leaves this machine unless a model's key is
    set (GEMINI_API_KEY); without one, posts are put together from the messages themselves.
    """
    from egregora.cli.working import publish, reading, work_off
    from egregora.ingest import open_paths
    from egregora.local import load_settings, open_workplace
    from egregora.pipeline.overview import overview
    from egregora.pipeline.slicing import slice_export
    from egregora.settings import credentials

    export = open_paths(exports, load_settings(work).ingest)
    with open_workplace(work, credentials=credentials(), site=to, exclusive=True) as place:
        place.take_over()
        with reading(export) as progress:
            sliced = slice_export(place.deployment, export, progress=progress)
        tally = work_off(place, workers=workers)
        published = publish(place)
        troubles = sum(len(view.troubles) for view in overview(place.deployment))
        model = place.deployment.model_name
    if as_json:
        show_json({"sources": sliced, "windows": tally, "published": published, "failures": troubles, "site": to})
        return WITH_FAILURES if troubles else DONE
    for source in sliced:
        click.echo(
            f"{source.source}: {plural(source.messages, 'message')} read, {source.kept:,} in the archive, "
            f"{plural(source.windows, 'window')}"
        )
    click.echo(
        f"{plural(tally.done, 'window')} written now by {model}, {plural(tally.usage.calls, 'model call')}, "
        f"${tally.usage.cost:.2f}; the site holds {plural(published.posts, 'post')}."
    )
    for warning in export.report.warnings:
        click.echo(f"Note: {warning.code.replace('_', ' ')} ({warning.count}) {warning.detail}".rstrip())
    if troubles:
        click.echo(f"{plural(troubles, 'window')} could not be written: {line('status', '--work', work)}")
    click.echo(f"Open {to / 'index.html'}, or see it at once with: {line('serve', to)}")
    return WITH_FAILURES if troubles else DONE
