"""`egregora reprocess`: the sweep for what is not done, and the re-run after a change."""

from __future__ import annotations

from pathlib import Path

import click

from egregora.cli import DONE, WITH_FAILURES
from egregora.cli.options import Cloud, as_json, deployed, plural, show_json, tell_failures, to, work
from egregora.errors import Reject


@click.command("reprocess")
@to
@work
@click.option("--source", help="Only this conversation, by the name that `status` shows.")
@click.option("--since", metavar="DATE", help="Only windows that end on this day or later.")
@click.option("--until", metavar="DATE", help="Only windows that begin on this day or before.")
@click.option("--retry", is_flag=True, help="Give blocked and failed windows another go.")
@click.option("--budget/--no-budget", default=True, show_default=True, help="Keep to the day's budget of the settings.")
@deployed
@as_json
def command(
    to: Path, work: Path, source: str | None, since: str | None, until: str | None, retry: bool, budget: bool,
    cloud: Cloud | None, as_json: bool,
) -> int:  # fmt: skip
    """Work on every window that is not done under the present prompts and model, then publish."""
    from egregora.cli.places import open_place
    from egregora.ids import SourceId
    from egregora.pipeline.overview import overview
    from egregora.pipeline.reprocessing import Scope, reprocess
    from egregora.pipeline.sweeping import sweep

    with open_place(work, cloud, site=to, exclusive=True) as place:
        if source and source not in place.deployment.manifests.sources():
            raise Reject(f"there is no conversation {source}; `egregora status` lists them")
        scope = Scope(SourceId(source) if source else None, since, until)
        found = reprocess(place.deployment, scope, retry=retry, budget=budget)
        tally = place.work_off()
        published = place.publish()
        swept = sweep(place.deployment)
        failed = bool(published.failures) or any(view.troubles for view in overview(place.deployment))
    if as_json:
        show_json({"reprocessed": found, "windows": tally, "published": published, "swept": swept})
        return WITH_FAILURES if failed else DONE
    click.echo(
        f"{plural(found.enqueued, 'window')} enqueued, {tally.done:,} written now, "
        f"{plural(tally.usage.calls, 'model call')}, ${tally.usage.cost:.2f}."
    )
    if found.over_budget:
        click.echo(f"{plural(found.over_budget, 'window')} wait for tomorrow's budget (or --no-budget).")
    tell_failures(published.failures)
    return WITH_FAILURES if failed else DONE
