"""`egregora run`: the whole pipeline on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli import DONE, WITH_FAILURES
from egregora.cli.options import Cloud, as_json, deployed, exports, line, plural, show_json, tell_failures, to, work


@click.command("run")
@exports
@to
@work
@click.option("--workers", type=click.IntRange(1, 64), help="Windows worked on at once.")
@deployed
@as_json
def command(
    exports: tuple[Path, ...], to: Path, work: Path, workers: int | None, cloud: Cloud | None, as_json: bool
) -> int:
    """Turn exports into a website, here; go on where an earlier run stopped.

    EXPORT is a chat export: a zip, a text, or a folder of them. Nothing leaves this machine unless a model's key is
    set (GEMINI_API_KEY); without one, posts are put together from the messages themselves.

    With --project or --config the exports are read and protected here, and what is deployed there does the rest.
    """
    from egregora.cli.places import open_place, settings_of
    from egregora.cli.working import reading
    from egregora.ingest import open_paths, summed
    from egregora.pipeline.overview import overview
    from egregora.pipeline.reports import told
    from egregora.pipeline.slicing import slice_export

    export = open_paths(exports, settings_of(work, cloud).ingest)
    with open_place(work, cloud, site=to, exclusive=True, new=True, key=True) as place:
        with reading(export) as progress:
            sliced = slice_export(place.deployment, export, progress=progress)
        tally = place.work_off(workers)
        published = place.publish()
        troubles = sum(len(view.troubles) for view in overview(place.deployment))
        model = place.deployment.model_name
    status = WITH_FAILURES if troubles or published.failures else DONE
    if as_json:
        site = None if cloud else to
        show_json({"sources": sliced, "windows": tally, "published": published, "failures": troubles, "site": site})
        return status
    for source in sliced:
        click.echo(
            f"{source.source}: {plural(source.messages, 'message')} read, {source.kept:,} in the archive, "
            f"{plural(source.windows, 'window')}"
        )
    click.echo(
        f"{plural(tally.done, 'window')} written now by {model}, {plural(tally.usage.calls, 'model call')}, "
        f"${tally.usage.cost:.2f}; the site holds {plural(published.posts, 'post')}."
    )
    for found in summed(export.report.warnings):
        where = f"{found.where}: " if found.where else ""
        click.echo(f"Note: {where}{told(found.code, found.count, found.detail, found.lines)}")
    if troubles:
        click.echo(f"{plural(troubles, 'window')} could not be written: {line('status', *place.words)}")
    tell_failures(published.failures)
    if not cloud and "site" in published.deliveries:
        click.echo(f"Open {to / 'index.html'}, or see it at once with: {line('serve', to)}")
    return status
