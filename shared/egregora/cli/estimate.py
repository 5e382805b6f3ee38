"""`egregora estimate`: windows, tokens and cost, before anything is paid."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from egregora.cli.options import Cloud, as_json, deployed, exports, plural, show_json, work


@click.command("estimate")
@exports
@work
@deployed
@as_json
def command(exports: tuple[Path, ...], work: Path, cloud: Cloud | None, as_json: bool) -> None:
    """Say what a run would cost; no model is called. What was worked on already costs nothing again."""
    from egregora.cli.places import open_place
    from egregora.cli.working import reading
    from egregora.ingest import open_paths
    from egregora.pipeline.estimating import Estimate, estimate_export

    with TemporaryDirectory() as nowhere:
        folder = work if work.is_dir() else Path(nowhere)
        with open_place(folder, cloud, key=True) as place:
            export = open_paths(exports, place.deployment.settings.ingest)
            with reading(export) as progress:
                found = estimate_export(place.deployment, export, progress=progress)
            model = place.deployment.model_name
    whole = sum((source.new for source in found), Estimate())
    if as_json:
        show_json({"model": model, "sources": found, "new": whole})
        return
    for source in found:
        click.echo(
            f"{source.source}: {plural(source.messages, 'message')}, {plural(source.windows, 'window')}, "
            f"{source.new.windows:,} of them new"
        )
    click.echo(
        f"A run would have {model} write {plural(whole.windows, 'window')}: about {whole.input_tokens:,} tokens in, "
        f"{whole.output_tokens:,} out, ${whole.cost:.2f}."
    )
