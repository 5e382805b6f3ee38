"""What adding one post costs on a site of thousands: seconds, files written, pages rendered; search included.

    python -m benchmarks.site_growth        (from tests/)

The archive is made up but shaped like a real one: years of windows, a dozen people, a few hundred topics of which a
few come up all the time, bodies of a few hundred words.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from egregora.documents import Citation, PersonNote, Post, WindowDocument
from egregora.forms import Decision, Enrichment, Entity, Part, Question, Quote, Relation, Topic
from egregora.ids import Handle, MessageId, Partition, RecipeDigest, Signature, SliceDigest, SourceId, sha256
from egregora.settings import SiteSettings
from egregora.sinks.folder import FolderSink
from egregora.site import PersonView, SiteInput, SourceView, StatusRow
from egregora.site.build import build_site
from egregora.site.catalogue import WindowCard, summarise
from egregora.site.deliver import Delivery, deliver

PEOPLE = [Handle(f"@{n:010x}") for n in range(1, 13)]
WORDS = """again ask bakery balcony bicycle boat book borrow bread bridge cheap church cinema coat coffee cold corner
deposit dinner early evening fair fare ferry film garden hill hours kitchen ladder lake landlord late laugh letter
market measure meet midnight moon morning music neighbour night paint paper platform price promise quiet rain rent
room salt shop slow snow song station storm street summer supper sure table ticket tomorrow train tram van village
wait walk warm weekend window winter wood write yellow yes""".split()


class CountingSink(FolderSink):
    """A folder that counts what is really written, record and intent included."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.writes = 0

    def write(self, path: str, data: bytes) -> bool:
        changed = super().write(path, data)
        self.writes += changed
        return changed


def windows(count: int, *, seed: int = 7) -> Iterator[WindowDocument]:
    """`count` windows of one post each, spread over five years, oldest first."""
    chance = random.Random(seed)
    topics = [f"{one} {other}" for one, other in zip(WORDS, chance.sample(WORDS, len(WORDS)), strict=True)]
    topics += [f"{a} and {b}" for a, b in (chance.sample(WORDS, 2) for _ in range(300))]
    start, step = datetime.fromisoformat("2019-01-01T18:00:00"), timedelta(days=5 * 365) / count
    for number in range(count):
        yield _window(number, start + number * step, topics, chance)


def _window(number: int, first: datetime, topics: list[str], chance: random.Random) -> WindowDocument:
    last = first + timedelta(hours=9)
    here = chance.sample(PEOPLE, chance.randint(4, 12))
    about = {topics[min(int(chance.expovariate(0.02)), len(topics) - 1)] for _ in range(4)}
    signature = Signature(sha256("window", str(number)))
    ids = [MessageId(f"{number}-{n}") for n in range(8)]
    citations = tuple(
        Citation(
            id=i, time=(first + timedelta(minutes=n)).isoformat(), author=chance.choice(here), text=_text(chance, 12)
        )
        for n, i in enumerate(ids)
    )
    cast = tuple(dict.fromkeys(c.author for c in citations if c.author))
    post = Post(
        id=sha256(signature, "0")[:10],
        title=_text(chance, 6).capitalize(),
        standfirst=_text(chance, 22).capitalize() + ".",
        body="\n\n".join(f"{chance.choice(cast)} {_text(chance, 70)}, **{_text(chance, 3)}**." for _ in range(6)),
        tags=(chance.choice(WORDS),),
        people=cast,
        citations=citations,
        date=first.isoformat(),
    )
    return WindowDocument(
        signature=signature,
        attempt=1,
        source=SourceId("bench"),
        partition=Partition(first.strftime("%Y-%m")),
        slice=SliceDigest(sha256("slice", str(number))),
        recipe=RecipeDigest(sha256("recipe")),
        model="bench",
        first=first.isoformat(),
        last=last.isoformat(),
        messages=20 * len(here),
        people=dict.fromkeys(here, 20),
        hours=tuple(chance.randint(0, 9) for _ in range(24)),
        days={first.date().isoformat(): 20 * len(here)},
        enrichment=Enrichment(
            language="en",
            summary=_text(chance, 40),
            topics=[Topic(name=name, summary=_text(chance, 14), messages=ids[:4]) for name in sorted(about)],
            parts=[Part(person=who, summary=_text(chance, 10), messages=ids[:1]) for who in cast],
            entities=[Entity(name=_text(chance, 1), type="place", messages=ids[:2]) for _ in range(4)],
            relations=[Relation(subject=cast[0], predicate="goes to", object=_text(chance, 1), messages=ids[:1])],
            decisions=[Decision(text=_text(chance, 9), messages=ids[:2])],
            questions=[Question(text=_text(chance, 8), person=cast[0], messages=ids[:1])],
            quotes=[Quote(text=_text(chance, 9), person=cast[0], messages=ids[:1])],
        ),
        posts=(post,),
        notes=(PersonNote(person=cast[0], text=_text(chance, 12)),),
    )


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(words))


def catalogue(documents: Iterable[WindowDocument]) -> SiteInput:
    """The input of a site made of `documents`, which are read anew from JSON whenever they are asked for."""
    kept: dict[str, str] = {}
    cards: list[WindowCard] = []
    rows: list[StatusRow] = []
    for document in documents:
        key = f"documents/{document.signature}/1.json"
        kept[key] = document.model_dump_json()
        cards.append(summarise(document, key))
        bounds = (document.first, document.last, document.messages)
        rows.append(StatusRow(document.signature, document.source, document.partition, "DONE", *bounds))
    total = sum(card.messages for card in cards)
    return SiteInput(
        settings=SiteSettings(),
        title="A long conversation",
        sources=(SourceView(SourceId("bench"), "A long conversation", total, cards[0].first, cards[-1].last),),
        cards=tuple(cards),
        people={who: PersonView(who, f"Person {n}", f"person-{n}") for n, who in enumerate(PEOPLE)},
        status=tuple(rows),
        load=lambda key: WindowDocument.model_validate_json(kept[key]),
    )


def measure(posts: int = 2000) -> dict[str, Any]:
    """Build a site of `posts` in a folder, add one post at its end, publish, and publish again.

    Times are wall seconds of `build_site` and `deliver` together, cards being at hand as the pipeline keeps them.
    """
    after = catalogue(windows(posts + 1))
    before = replace(after, cards=after.cards[:-1], status=after.status[:-1])
    with TemporaryDirectory(prefix="egregora-growth-") as folder:
        sink = CountingSink(Path(folder))
        whole, whole_seconds, whole_writes = _publish(before, sink)
        began = _cpu()
        grown, grown_seconds, grown_writes = _publish(after, sink)
        grown_cpu = _cpu() - began
        _, same_seconds, same_writes = _publish(replace(after), sink)
        files = sum(1 for _ in sink.list())
    return {
        "posts": posts,
        "files": files,
        "full_seconds": round(whole_seconds, 3),
        "full_written": whole_writes,
        "full_rendered": whole.rendered,
        "add_seconds": round(grown_seconds, 3),
        "add_cpu_seconds": round(grown_cpu, 3),
        "add_written": grown_writes,
        "add_rendered": grown.rendered,
        "add_deleted": grown.deleted,
        "unchanged_seconds": round(same_seconds, 3),
        "unchanged_written": same_writes,
    }


def _cpu() -> float:
    """Seconds of CPU of this process and of the tools it has run."""
    return sum(os.times()[:4])


def _publish(site: SiteInput, sink: CountingSink) -> tuple[Delivery, float, int]:
    sink.writes = 0
    began = time.perf_counter()
    delivery = deliver(build_site(site), sink)
    return delivery, time.perf_counter() - began, sink.writes


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2000), indent=1))
