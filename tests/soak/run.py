"""A soak from its beginning to its verdict."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from google.api_core.exceptions import GoogleAPIError

from cloud_runs import Files, run_here
from egregora.blobs.gcs import GcsBlobs
from egregora.journal import State
from egregora.journal.firestore import FirestoreJournal
from gemini_server import GeminiServer
from servers.cloud_tasks import Limits
from servers.stack import Stack, contents, open_stack
from soak.ledger import Calls, Ledger, account
from soak.load import Said, Upload, uploads
from soak.model import TroubledModel
from soak.trouble import Trouble, strikes
from soak.verdict import Verdict, judge

PATIENCE = 6
"""Seconds that the model is waited for."""
SETTINGS = f"""
[site]
search = false
markdown = false
[windows]
strategy = "messages"
size = 20
[model]
timeout = {PATIENCE}
retries = 1
[run]
function_timeout = 35
dispatch_deadline = 40
lease = 45
max_attempts = 1000
publish_every = 5
"""
"""A window may be killed as often as it is, and is free again soon after."""
WINDOWS = Limits(concurrent=4, max_attempts=-1, min_backoff=0.2, max_backoff=4.0)
LIMIT = 3_700
"""Tokens that the model takes: some windows are larger, and split."""
EVERY = 2.0
"""Seconds between two uploads."""
BACKLOG = 60
"""Windows that may wait before an upload waits too: what is to be seen is trouble at work, not a queue."""

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Outcome:
    """What a soak did, and how it stands."""

    ledger: Ledger
    calls: Calls
    verdict: Verdict
    states: Counter[State]
    """Windows in the journal, also of plans that were replaced, by state."""
    retries: int
    """How often a window was taken up again."""
    deliveries: Counter[str]
    """Deliveries of events and tasks by what they were answered."""


class Soak:
    """A deployment, and what is done to it; everything by chance is made from `seed`."""

    def __init__(self, stack: Stack, ledger: Ledger, model: TroubledModel, seed: int) -> None:
        self.stack = stack
        self.ledger = ledger
        self._model = model
        self._seed = seed
        self._uploaded: dict[str, Upload] = {}

    def trouble(self, seconds: float, rates: Mapping[str, float], tell: Tell) -> None:
        """Upload, kill, fail and restart for `seconds`."""
        begin, stopping = time.monotonic(), threading.Event()
        planned = strikes(random.Random(f"trouble {self._seed}"), seconds, dict(rates))
        with ThreadPoolExecutor(2) as pool:
            striking = pool.submit(Trouble(self.stack, self.ledger).run, planned, stopping)
            loading = pool.submit(self._load, stopping)
            try:
                while (left := begin + seconds - time.monotonic()) > 0 or not striking.done():
                    if wait([loading], timeout=min(10, max(1, left))).done:  # it ends by itself only by a fault
                        break
                    tell(f"{time.monotonic() - begin:6.0f} s  {self._so_far()}")
            finally:
                stopping.set()
        striking.result()
        loading.result()

    def rest(self, timeout: float) -> None:
        """Let no more happen, and wait until everything is done that was asked for.

        Leases of the dead are ended when nobody is at work any more, as their time would.
        """
        stack = self.stack
        self._model.troubled = False
        stack.storage.forgive()
        stack.firestore.forgive()
        stack.tasks.forgive_creates()
        stack.events.wait(timeout)
        stack.tasks.hold()
        stack.tasks.settle(timeout)
        stack.end_leases()
        stack.tasks.release()
        stack.settle(timeout)

    def run_here(self) -> Files:
        """The site that a run on this machine makes of the same uploads."""
        with TemporaryDirectory() as folder:
            exports = {upload.name: upload.data for upload in self._uploaded.values()}
            return run_here(exports, Path(folder), SETTINGS, self.stack.tools_env).site

    def account(self) -> Calls:
        """The model's answers until now, and what may have been lost of them."""
        refused = sum(
            asked.kind == "write" and asked.name.startswith("responses/") and (asked.status >= 429 or not asked.status)
            for asked in self.stack.storage.requests
        )
        return account(self.ledger, contents(self.stack.work, "responses/"), refused)

    def judge(self, calls: Calls, wanted: Files) -> Outcome:
        """Hold what is left against what was uploaded, and the site against the one that is `wanted`."""
        stack = self.stack
        blobs = GcsBlobs(stack.work.name, client=stack.storage.client())
        journal = FirestoreJournal(stack.project, client=stack.firestore.client(stack.project))
        verdict = judge(blobs, journal, self._said(), calls, self._errors(), stack.site_files(), wanted)
        entries = [stored.entry for stored in journal.select()]
        states = Counter(entry.state for entry in entries)
        retries = sum(entry.attempt - 1 for entry in entries)
        return Outcome(self.ledger, calls, verdict, states, retries, self._deliveries())

    def _said(self) -> Counter[Said]:
        """Every message that was uploaded: however often, it is one."""
        said = Counter[Said]()
        for upload in self._uploaded.values():
            said |= upload.said
        return said

    def _load(self, stopping: threading.Event) -> None:
        for upload in uploads(random.Random(f"load {self._seed}")):
            while not self._upload(upload):
                stopping.wait(0.2)
            self._uploaded[upload.name] = upload
            self.ledger.uploads[upload.kind] += 1
            stopping.wait(EVERY)
            while len(self.stack.tasks.tasks(self.stack.windows)) > BACKLOG and not stopping.is_set():
                stopping.wait(0.5)
            if stopping.is_set():
                return

    def _upload(self, upload: Upload) -> bool:
        """Whether an upload got through, as far as who made it can tell."""
        try:
            self.stack.upload(upload.name, upload.data)
        except (GoogleAPIError, requests.RequestException):
            return False
        return True

    def _deliveries(self) -> Counter[str]:
        stack, found = self.stack, Counter[str]()
        for queue in (stack.windows, stack.publishes):
            for status, count in stack.tasks.counts(queue).answers.items():
                found[str(status or "not at all")] += count
        for answer in stack.events.answers:
            found[str(answer.status or "not at all")] += 1
        return found

    def _errors(self) -> Counter[str]:
        """What functions logged that somebody would have to look at."""
        lines = (line for function in self.stack.functions.values() for line in function.output().splitlines())
        logged = (json.loads(line) for line in lines if line.startswith("{") and line.endswith("}"))
        return Counter(
            f"{said['message']}: {said.get('reason') or said.get('error')} {' '.join(said.get('at', ())[-1:])}"
            for said in logged
            if said["severity"] == "ERROR"
        )

    def _so_far(self) -> str:
        waiting = len(self.stack.tasks.tasks(self.stack.windows))
        return (
            f"{self.ledger.uploads.total()} uploads, {self.ledger.documents} documents, {waiting} windows wait, "
            f"{len(self.ledger.kills)} kills, {len(self.ledger.restarts)} restarts, {len(self.ledger.answers)} answers"
        )


@contextmanager
def soaking(seed: int) -> Iterator[Soak]:
    """A deployment to be troubled, until the block ends."""
    ledger = Ledger()
    model = TroubledModel(ledger, random.Random(f"model {seed}"), rate=0.03, patience=PATIENCE)
    with (
        GeminiServer(limit=LIMIT, respond=model) as gemini,
        open_stack(settings=SETTINGS, gemini=gemini, windows=WINDOWS) as stack,
    ):
        announce = stack.storage.finalized

        def stored(described: bytes) -> None:
            ledger.stored(described)
            if announce:
                announce(described)

        stack.storage.finalized = stored
        yield Soak(stack, ledger, model, seed)
