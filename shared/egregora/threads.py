"""Work on many things at once where each mostly waits for a service."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(action: Callable[[Item], Result], items: Iterable[Item], *, threads: int) -> Generator[Result]:
    """What `action` makes of each item, in the order of items, worked on by up to `threads` threads.

    Items are drawn in the caller's thread and only a little ahead of what is taken, so that few are held at once. The
    first error, in that order, ends all: what is under way is awaited, nothing more begun. One thread is the caller's.
    """
    if threads == 1:
        yield from map(action, items)
        return
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            pending.append(pool.submit(action, item))
            if len(pending) == 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
