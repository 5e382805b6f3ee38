"""Every order in which the calls of several processes can meet, each tried once.

Processes are threads that hold a baton only one at a time: a process stops before each call of a port until the
explorer gives it the word. What comes next depends on nothing but what its calls returned and when it looked at the
clock, so two schedules have met where the stores are alike, each process has heard the same so far, and each is about
to make the same call: only one is followed from there. Versions and generations are compared by how often a key was
written, not by their numbers. Calls that meet nobody's are made at once: those of the model, reads of what never
changes, and those of ports on which the caller says the processes do not meet.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from egregora.blobs import Blob, BlobInfo
from egregora.errors import EgregoraError
from egregora.journal import Entry, Stored
from egregora.testing import Around, Call
from faults.system import System

Process = Callable[[System, Around], object]
"""Work of one process, which makes its calls through what it is given."""

HANGS = 300.0
"""Seconds without a call after which a process is taken to wait for another, which would be for ever."""

_LASTING = ("slices/", "recipes/")
"""Content by its own digest: what is there stays as it is. Who was first to write it makes no difference either."""


class AbandonedError(BaseException):
    """This schedule leads where another did."""


@dataclass(frozen=True)
class Scenario:
    """A state of the world, the processes at work in it at once, and what must hold once they are through.

    `alone` are ports on which the processes do not meet: only one uses it, or all only read, or all only enqueue. With
    `switches`, at most that many times a process is put off for another though it could go on.
    """

    begin: Callable[[], System]
    processes: Sequence[Process]
    end: Callable[[System], None]
    alone: Collection[str] = ()
    switches: int | None = None


@dataclass
class Explored:
    """How many schedules were followed to their end, and how many different ends they had."""

    schedules: int = 0
    ends: int = 0
    states: int = 0


def explore(scenario: Scenario) -> Explored:
    """Follow every schedule that leads somewhere new, and hold every end that is new against `end`."""
    found, seen, ends = Explored(), dict[Hashable, int](), set[Hashable]()
    waiting: list[tuple[int, ...]] = [()]
    begun = scenario.begin()
    while waiting:
        run = _Run(scenario, begun.copy())
        try:
            for choice in waiting.pop():
                run.step(choice)
            if _follow(run, seen, waiting):
                found.schedules += 1
                key = run.key()
                if key not in ends:
                    ends.add(key)
                    scenario.end(run.system)
        except Exception as error:
            error.add_note(f"schedule: {' '.join(run.told)}")
            raise
        finally:
            run.abandon()
    found.states, found.ends = len(seen), len(ends)
    return found


def _follow(run: _Run, seen: dict[Hashable, int], waiting: list[tuple[int, ...]]) -> bool:
    """Go on to the end, noting the turns not taken; False where another was here before, by no more switches."""
    while choices := run.choices():
        key = run.key()
        if seen.get(key, run.switched + 1) <= run.switched:
            return False
        seen[key] = run.switched
        first, *others = choices
        waiting.extend((*run.schedule, other) for other in others)
        run.step(first)
    return True


@dataclass
class _Stores:
    """What was written since the beginning, by port and key, and how often."""

    held: dict[tuple[str, str], Hashable] = field(default_factory=dict)
    written: dict[tuple[str, str], list[object]] = field(default_factory=dict)

    def note(self, call: Call, result: object) -> Hashable:
        """Take down what a call did, and say what its caller heard."""
        port, _, method = call.name.partition(".")
        place = port, call.key
        if method == "enqueue":
            for task in call.arguments[0]:
                name = port, task.name or task.payload
                self.held[name] = 1 if task.name else int(str(self.held.get(name, 0))) + 1
        elif method in {"write", "create", "update", "delete"} and not (port == "sink" and not result):
            version = result.version if isinstance(result, Stored) else result
            self.written.setdefault(place, []).append(version)
            value = {"write": call.arguments[-1], "delete": None}.get(method, call.arguments[0])
            self.held[place] = value, len(self.written[place])
        if port == "sink":
            return self._seen(call, result)
        return self.heard(port, call.key, result)

    def _seen(self, call: Call, result: object) -> Hashable:
        """What a publisher knows after a call: also which version of a file it was."""
        paths = result if isinstance(result, list) else [call.key]
        versions = tuple((path, len(self.written.get(("sink", path), ()))) for path in paths)
        return versions, result if isinstance(result, bytes) else None

    def heard(self, port: str, key: str, result: object) -> Hashable:
        """A result, with versions told by their place among those since the beginning."""
        match result:
            case Blob():
                return result.data, self._age(port, key, result.generation)
            case BlobInfo():
                return result.key, result.size, self._age(port, result.key, result.generation)
            case Stored():
                return result.entry, self._age(port, result.entry.signature, result.version)
            case dict():
                return frozenset((name, self.heard(port, str(name), value)) for name, value in result.items())
            case list():
                return tuple(self.heard(port, key, value) for value in result)
            case int() if port == "blobs":
                return self._age(port, key, result)
            case str() | bytes() | int() | None | Entry():
                return result
        return repr(result)

    def _age(self, port: str, key: str, version: object) -> int:
        if port == "blobs" and key.startswith(_LASTING):
            return 0
        versions = self.written.get((port, key), [])
        return versions.index(version) + 1 if version in versions else 0

    def key(self) -> Hashable:
        """All of it."""
        return frozenset(self.held.items())


class _Thread:
    """One process: it runs up to its next call, and waits for the word."""

    def __init__(
        self, work: Callable[[Around], object], is_alone: Callable[[Call], bool], note: Callable[..., Hashable]
    ):
        self.next: Call | None = None
        self.heard: Hashable = ()
        self.fault: BaseException | None = None
        self._work = work
        self._is_alone = is_alone
        self._note = note
        self._go = threading.Semaphore(0)
        self._waits = threading.Semaphore(0)
        self._abandoned = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def step(self) -> None:
        """Give the word, and wait until the next call is about to be made, or all is over."""
        self._go.release()
        if not self._waits.acquire(timeout=HANGS):
            raise AssertionError("a process waits for what another one holds between its calls")
        if self.fault:
            raise self.fault

    def abandon(self) -> None:
        """Have it end where it stands."""
        self._abandoned = True
        self._go.release()

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def _run(self) -> None:
        self._go.acquire()
        try:
            self._work(self._around)
        except AbandonedError:
            pass
        except BaseException as fault:  # handed to the thread that gave the word
            self.fault = fault
        self.next = None
        self._waits.release()

    def _around(self, call: Call) -> Any:
        if self._abandoned:
            raise AbandonedError
        if call.name == "clock.now":
            moment = call()
            self.heard = hash((self.heard, moment))
            return moment
        if self._is_alone(call):
            return call()
        self.next = call
        self._waits.release()
        self._go.acquire()
        if self._abandoned:
            raise AbandonedError
        try:
            result = call()
        except EgregoraError as error:
            lasting = call.name == "blobs.write" and call.key.startswith(_LASTING)
            self.heard = hash((self.heard, 0 if lasting else type(error).__name__))
            raise
        if not isinstance(result, (Blob, Stored, dict, int, str, bytes, type(None), BlobInfo)):
            result = list(result)
        self.heard = hash((self.heard, self._note(call, result)))
        return iter(result) if isinstance(result, list) else result


class _Run:
    """One schedule, as far as it has come."""

    def __init__(self, scenario: Scenario, system: System) -> None:
        self.system = system
        self.schedule: tuple[int, ...] = ()
        self.told: list[str] = []
        self._stores = _Stores()
        self._switches = scenario.switches
        self.switched = 0
        self._alone = {"model", *scenario.alone}
        self._threads = [
            _Thread(lambda around, process=process: process(self.system, around), self._is_alone, self._note)  # type: ignore[misc]
            for process in scenario.processes
        ]
        for thread in self._threads:  # up to their first calls
            thread.step()

    def choices(self) -> list[int]:
        """The processes that can go on: first the one that did last."""
        able = [number for number, thread in enumerate(self._threads) if thread.next]
        last = self.schedule[-1] if self.schedule else None
        if last in able:
            able.remove(last)
            return [last] if self.switched == self._switches else [last, *able]
        return able

    def step(self, number: int) -> None:
        """Let a process make its next call."""
        call = self._threads[number].next
        assert call is not None
        put_off = self.schedule[-1] if self.schedule else number
        self.switched += self._switches is not None and number != put_off and self._threads[put_off].next is not None
        self.told.append(f"{number}:{call.name}({call.key[:40]})")
        self.schedule = (*self.schedule, number)
        self._threads[number].step()

    def key(self) -> Hashable:
        """What all that may follow depends on."""
        processes = tuple(
            (thread.heard, thread.next.name, thread.next.key) if thread.next else None for thread in self._threads
        )
        last = self.schedule[-1:] if self._switches is not None else ()
        return self._stores.key(), processes, self.system.world.clock.now(), last

    def abandon(self) -> None:
        """End what is still under way."""
        for thread in self._threads:
            thread.abandon()
        for thread in self._threads:
            thread.join()

    def _is_alone(self, call: Call) -> bool:
        port, _, method = call.name.partition(".")
        if call.key.startswith("recipes/"):  # nobody at work reads one
            return True
        if port == "blobs" and method == "read" and call.key.startswith(_LASTING):
            return self.system.world.blobs.stat(call.key) is not None
        return port in self._alone

    def _note(self, call: Call, result: object) -> Hashable:
        return self._stores.note(call, result)
