"""The local runner: worker threads that take windows from the queue until none is left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from egregora.errors import Conflict, Reject, Retry
from egregora.journal import Usage
from egregora.logs import event
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.payloads import WindowTask, decode_window_task
from egregora.pipeline.processing import Outcome, Result, process_window
from egregora.pipeline.refusals import refuse
from egregora.tasks import Consumer, Delivery


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run has done so far."""

    done: int = 0
    split: int = 0
    blocked: int = 0
    failed: int = 0
    posts: int = 0
    usage: Usage = field(default_factory=Usage)
    waiting: int = 0
    """Windows still in the queue or in work."""
    delayed: str = ""
    """Why the last delivery has to be repeated, where it has: an outage, a rate limit."""

    def plus(self, outcome: Outcome) -> Tally:
        """The tally after one more delivery."""
        name = outcome.result.value
        counted = replace(self, **{name: getattr(self, name) + 1}) if name in _COUNTED else self
        if outcome.result is Result.DONE and outcome.entry:
            counted = replace(counted, posts=counted.posts + outcome.entry.posts)
        return counted


_COUNTED = {Result.DONE.value, Result.SPLIT.value, Result.BLOCKED.value, Result.FAILED.value}


class Runner:
    """Works off the windows queue of a deployment with `workers` threads; `progress` hears of every delivery."""

    def __init__(
        self, deployment: Deployment, consumer: Consumer, *, workers: int, progress: Callable[[Tally], None]
    ) -> None:
        self._deployment = deployment
        self._consumer = consumer
        self._workers = workers
        self._progress = progress
        self._changed = threading.Condition()
        self._busy = 0
        self._stop = False
        self._tally = Tally()
        self._fault: BaseException | None = None

    def run(self) -> Tally:
        """Work until the queue is empty. Raises what made work impossible, once every worker has stopped."""
        threads = [threading.Thread(target=self._work, name=f"window-{n}") for n in range(self._workers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            self._halt(None)
            for thread in threads:
                thread.join()
            raise
        if self._fault:
            raise self._fault
        return self._tally

    def _work(self) -> None:
        try:
            while (delivery := self._next()) is not None:
                try:
                    self._deliver(delivery)
                finally:
                    with self._changed:
                        self._busy -= 1
                        self._changed.notify_all()
        except BaseException as fault:  # handed to the thread that called `run`
            self._halt(fault)

    def _halt(self, fault: BaseException | None) -> None:
        with self._changed:
            self._stop = True
            self._fault = self._fault or fault
            self._changed.notify_all()

    def _next(self) -> Delivery | None:
        """Take what is due; wait for what is not; None once the queue is empty or the run was stopped."""
        lease = timedelta(seconds=self._deployment.settings.run.lease)
        while True:
            with self._changed:
                if self._stop:
                    return None
                delivery = self._consumer.take("windows", lease)
                if delivery:
                    self._busy += 1
                    return delivery
                if self._busy:  # what is in work may bring more
                    self._changed.wait()
                    continue
                _, due = self._consumer.waiting("windows")
            if due is None:
                return None
            pause = (due - self._deployment.clock.now()).total_seconds()
            self._deployment.clock.sleep(max(0.01, min(pause, 1.0)))

    def _deliver(self, delivery: Delivery) -> None:
        try:
            task = decode_window_task(delivery.task.payload)
        except Reject as error:
            refuse(self._deployment, "task", error, delivery.task.payload)
            self._consumer.done(delivery)
            return
        try:
            outcome = process_window(self._deployment, task)
        except Retry as error:
            event("a window waits", window=task.signature, reason=str(error), after=error.after)
            self._consumer.retry(delivery, error.after)
            self._tell(delayed=str(error))
            return
        except Conflict:  # another run has taken the window over: its delivery goes on
            outcome = Outcome(Result.HELD)
        except Reject:
            self._consumer.retry(delivery)
            raise
        if outcome.result in {Result.HELD, Result.AGAIN}:
            self._consumer.retry(delivery)
        else:
            self._consumer.done(delivery)
        self._report(task, outcome)

    def _report(self, task: WindowTask, outcome: Outcome) -> None:
        entry = outcome.entry
        if entry:
            event(f"window {outcome.result.value}", window=task.signature, **outcome.facts)
        with self._changed:
            tally = self._tally.plus(outcome)
            if entry and outcome.result not in {Result.ENDED, Result.HELD}:
                tally = replace(tally, usage=tally.usage + entry.usage)
            self._tally = tally
        self._tell()

    def _tell(self, *, delayed: str = "") -> None:
        with self._changed:
            self._tally = replace(self._tally, waiting=self._consumer.waiting("windows")[0], delayed=delayed)
            self._progress(self._tally)
