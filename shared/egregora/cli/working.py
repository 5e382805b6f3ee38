"""Working off windows, looking on, and publishing, with progress: what several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NoReturn, TypeAlias, TypeVar, cast

from tqdm import tqdm

from egregora.clock import Clock
from egregora.errors import Conflict, Retry
from egregora.ids import SourceId
from egregora.ingest import Export
from egregora.local import Workplace
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.publishing import Published, publish_site
from egregora.pipeline.runner import Runner, Tally
from egregora.pipeline.watching import watch_windows

TRIES, PAUSE = 10, 3.0
"""Publishes begun again because of another publisher, and the seconds between."""
LOOK = 2.0
"""Seconds between two looks at what a function has done."""
PATIENCE = timedelta(hours=1)
"""How long a function may do nothing: three goes of it at their longest, with the rests between."""

Bar: TypeAlias = "tqdm[NoReturn]"
Found = TypeVar("Found")


def work_off(place: Workplace, *, workers: int | None = None) -> Tally:
    """Work until no window waits, showing windows done, split and failed, tokens and cost."""
    waiting, _ = place.tasks.waiting("windows")
    workers = workers or place.deployment.settings.run.workers
    with _windows(waiting) as progress:
        return Runner(place.deployment, place.tasks, workers=workers, progress=progress).run()


def watch(deployment: Deployment, sources: Sequence[SourceId], *, since: datetime) -> Tally:
    """Look on until no window of `sources` waits, showing the same of those that ended after `since`.

    Raises `Retry` where none of them gets on.
    """
    news = _News(deployment.clock, "process_window")
    with _windows(None) as show:

        def progress(tally: Tally) -> None:
            news.hear(tally)
            show(tally)

        return watch_windows(deployment, sources, since=since, progress=progress)


def wait_for(function: str, look: Callable[[], Found | None], clock: Clock, *, saying: str) -> Found:
    """What `look` finds once `function` has done it. Raises `Retry` where it does not."""
    news = _News(clock, function)
    with tqdm(desc=saying, bar_format="{desc} ... {elapsed}", disable=None, file=sys.stderr, leave=False):
        while not (found := look()):
            news.hear(None)
            clock.sleep(LOOK)
    return found


def publish_here(deployment: Deployment) -> Published:
    """Publish, showing pages. Begins again where another publisher was faster, which has an end."""
    with _bar(unit=" pages", desc="Publishing") as bar:

        def progress(settled: int, total: int) -> None:
            bar.total = total
            bar.update(settled - bar.n)

        for _ in range(TRIES):
            try:
                return publish_site(deployment, progress=progress)
            except Conflict:
                deployment.clock.sleep(PAUSE)
        return publish_site(deployment, progress=progress)


@contextmanager
def sending(file: Path) -> Iterator[BinaryIO]:
    """Open a file to be sent, with a bar for the bytes that were read of it."""
    total = file.stat().st_size
    with (
        file.open("rb") as stream,
        tqdm.wrapattr(
            stream, "read", total=total, desc="Sending", disable=None, file=sys.stderr, leave=False, dynamic_ncols=True
        ) as counted,
    ):
        yield cast(BinaryIO, counted)


@contextmanager
def reading(export: Export) -> Iterator[Callable[[int], None]]:
    """A bar for the messages of an export; yields what to tell of each batch that was read."""
    total = sum(chat.messages_count + chat.system_count for chat in export.chats)
    with _bar(total=total, unit=" messages", desc="Reading") as bar:

        def progress(count: int) -> None:
            bar.update(count)

        yield progress


@contextmanager
def _windows(waiting: int | None) -> Iterator[Callable[[Tally], None]]:
    """A bar for windows; yields what to tell of each step."""
    with _bar(total=waiting, unit=" windows", desc="Writing") as bar:

        def progress(tally: Tally) -> None:
            over = tally.done + tally.split + tally.blocked + tally.failed
            bar.total = max(bar.total or 0, over + tally.waiting)
            bar.set_description(f"Waiting: {tally.delayed}" if tally.delayed else "Writing", refresh=False)
            bar.set_postfix(
                split=tally.split,
                failed=tally.failed + tally.blocked,
                tokens=tally.usage.input_tokens + tally.usage.output_tokens,
                cost=f"${tally.usage.cost:.2f}",
                refresh=False,
            )
            bar.update(over - bar.n)
            if tally.delayed:
                bar.refresh()

        yield progress


def _bar(*, unit: str, desc: str, total: int | None = None) -> Bar:
    """A progress bar on standard error; silent where nobody watches."""
    return tqdm(
        total=total, unit=unit, desc=desc, disable=None, file=sys.stderr, leave=False, smoothing=0.1, dynamic_ncols=True
    )


class _News:
    """What is heard of a function's work; `hear` raises `Retry` where that has been the same for `PATIENCE`."""

    def __init__(self, clock: Clock, function: str) -> None:
        self._clock = clock
        self._function = function
        self._last: object = None
        self._since = clock.now()

    def hear(self, news: object) -> None:
        now = self._clock.now()
        if news != self._last:
            self._last, self._since = news, now
        elif now - self._since >= PATIENCE:
            raise Retry(
                f"{self._function} has got no further for {PATIENCE.seconds // 60} minutes: its log says why. "
                "Once that is mended all goes on by itself; the same command looks on again."
            )
