"""Working off windows and publishing, with progress: what `run`, `reprocess` and `publish` share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from egregora.local import Workplace
from egregora.pipeline.publishing import Published, publish_site
from egregora.pipeline.runner import Runner, Tally


def work_off(place: Workplace, *, workers: int | None = None) -> Tally:
    """Work until no window waits, showing windows done, split and failed, tokens and cost."""
    waiting, _ = place.tasks.waiting("windows")
    workers = workers or place.deployment.settings.run.workers
    with _bar(total=waiting, unit=" windows", desc="Writing") as bar:

        def progress(tally: Tally) -> None:
            over = tally.done + tally.split + tally.blocked + tally.failed
            bar.total = max(bar.total or 0, over + tally.waiting)
            bar.set_postfix(
                split=tally.split,
                failed=tally.failed + tally.blocked,
                tokens=tally.usage.input_tokens + tally.usage.output_tokens,
                cost=f"${tally.usage.cost:.2f}",
                refresh=False,
            )
            bar.update(over - bar.n)

        return Runner(place.deployment, place.tasks, workers=workers, progress=progress).run()


def publish(place: Workplace) -> Published:
    """Publish, showing pages."""
    with _bar(unit=" pages", desc="Publishing") as bar:
        return publish_site(place.deployment, progress=lambda _: bar.update(1))


@contextmanager
def reading(total: int) -> Iterator[tqdm[None]]:
    """A bar for messages that are read."""
    with _bar(total=total, unit=" messages", desc="Reading") as bar:
        yield bar


def _bar(*, unit: str, desc: str, total: int | None = None) -> tqdm[None]:
    """A progress bar on standard error; silent where nobody watches."""
    return tqdm(
        total=total, unit=unit, desc=desc, disable=None, file=sys.stderr, leave=False, smoothing=0.1, dynamic_ncols=True
    )
