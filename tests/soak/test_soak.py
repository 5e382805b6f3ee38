"""A short soak, and that its verdict fails where something is wrong."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from cloud_runs import Files
from egregora.archive.manifest import Manifests
from egregora.blobs.gcs import GcsBlobs
from egregora.ids import slug
from egregora.ingest import open_export
from soak.figures import table
from soak.ledger import Answer, Calls, Kill, Ledger, account
from soak.load import uploads
from soak.run import Soak, soaking
from soak.trouble import RATES, strikes
from whatsapp_exports import source

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 5
MORE = {kind: 5 * rate for kind, rate in RATES.items()} | {"restart": 12.0}


def test_what_happens_is_made_from_the_seed_at_the_rates_that_are_asked_for() -> None:
    planned = strikes(random.Random(7), 600, RATES)
    assert planned == strikes(random.Random(7), 600, RATES) != strikes(random.Random(8), 600, RATES)
    assert Counter(strike.kind for strike in planned) == {kind: 10 * rate for kind, rate in RATES.items()}
    assert planned[0].at < 60 < 540 < planned[-1].at < 600


def test_uploads_are_read_as_what_they_are_counted_as_and_leave_no_gap() -> None:
    whole: dict[str, set[int]] = {}
    for upload in itertools.islice(uploads(random.Random(7)), 30):
        (chat,) = open_export([source(upload.data, upload.name)], now=NOW).chats
        assert Counter((slug(chat.name), m.time, m.text) for m in chat.messages()) == upload.said
        (name,) = {said[0] for said in upload.said}
        reached = whole.setdefault(name, set())
        spoken = {int(said[2].split()[1]) for said in upload.said if said[2] != "ok"}
        assert upload.kind == "new" or spoken & reached
        reached |= spoken
    assert all(reached == set(range(len(reached))) for reached in whole.values())
    assert 2 < len(whole) < 15, "chats that grow, and new ones"


@pytest.mark.parametrize(
    ("asked", "kept", "killed", "bound"),
    [
        ([1.0], 1.5, [], 0),
        ([1.0], 1.5, [1.2], 1),
        ([1.0], 1.5, [1.6], 0),
        ([1.0, 3.0], 3.5, [1.2], 1),
        ([1.0, 3.0], 3.5, [1.2, 3.1], 2),
        ([1.0, 3.0], 1.5, [2.0], 0),
    ],
)
def test_an_answer_may_be_paid_for_again_only_where_it_was_lost(
    asked: list[float], kept: float, killed: list[float], bound: int
) -> None:
    name = "0" * 16
    ledger = Ledger(
        answers=[Answer(name, at, late=False) for at in asked],
        kills=[Kill("process_window", False, at) for at in killed] + [Kill("publish_site", False, 1.2)],
        kept={"responses/x.json": kept},
    )
    responses = {"responses/x.json": json.dumps({"text": f"They talked [{name}]."}).encode()}
    assert account(ledger, responses, 0) == Calls(len(asked), len(asked) - 1, bound)


@dataclass(frozen=True)
class Rested:
    soak: Soak
    calls: Calls
    wanted: Files

    def findings(self) -> tuple[str, ...]:
        return self.soak.judge(self.calls, self.wanted).verdict.findings


@pytest.fixture(scope="module")
def rested() -> Iterator[Rested]:
    """A deployment after a short soak. The tests that change it set it right again."""
    with soaking(seed=11) as soak:
        soak.trouble(SECONDS, MORE, lambda _: None)
        soak.rest(timeout=120)
        yield Rested(soak, soak.account(), soak.run_here())


@pytest.mark.slow
@pytest.mark.xdist_group("soak")
def test_a_short_soak_loses_nothing_and_doubles_nothing(rested: Rested) -> None:
    outcome = rested.soak.judge(rested.calls, rested.wanted)
    assert outcome.verdict.findings == ()
    assert len(outcome.ledger.kills) == round(MORE["kill"] * SECONDS / 60)
    assert outcome.states["DONE"] >= outcome.verdict.windows > 0
    assert "| lost | 0 |\n| doubled | 0 |" in table(outcome)


@pytest.mark.slow
@pytest.mark.xdist_group("soak")
@pytest.mark.parametrize(("windows", "finding"), [(0, "are lost"), (2, "stand twice")])
def test_what_is_taken_away_or_doubled_is_found(rested: Rested, windows: int, finding: str) -> None:
    stack = rested.soak.stack
    manifests = Manifests(GcsBlobs(stack.work.name, client=stack.storage.client()))
    stored = next(iter(manifests.all()))
    *others, last = stored.manifest.windows
    changed = stored.manifest.model_copy(update={"windows": (*others, *[last] * windows)})
    generation = manifests.commit(changed, generation=stored.generation)
    assert rested.findings() == (f"{last.messages} messages {finding}",)
    manifests.commit(stored.manifest, generation=generation)
    assert rested.findings() == ()


@pytest.mark.slow
@pytest.mark.xdist_group("soak")
def test_a_page_that_differs_an_answer_too_many_and_a_fault_are_found(rested: Rested) -> None:
    site = {**rested.wanted, "index.html": b"another"}
    calls = rested.calls._replace(extra=rested.calls.bound + 1)
    findings = rested.soak.judge(calls, site).verdict.findings
    assert [finding.split(" ", 1)[1].split(",")[0] for finding in findings] == [
        "answers were paid for again", "files of the site differ from those of a run here: index.html",
    ]  # fmt: skip
