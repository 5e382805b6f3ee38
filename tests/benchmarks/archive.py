"""An archive of thousands of posts on disk, as a publish finds it: cards at hand, documents read one by one.

One window in its middle is there in two forms: as it was, and written anew, with other words about the same things.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.site_growth import PEOPLE, windows
from egregora.documents import WindowDocument
from egregora.ids import SourceId
from egregora.settings import SiteSettings
from egregora.site import PersonView, SiteInput, SourceView, StatusRow
from egregora.site.catalogue import WindowCard, summarise


def write(folder: Path, posts: int) -> None:
    """Documents by number, and their cards; those of the window that changes in both forms."""
    with (folder / "cards.jsonl").open("w") as cards:
        for number, document in enumerate(windows(posts)):
            cards.write(_kept(folder, f"{number}.json", document) + "\n")
            if number == posts // 2:
                (folder / "changed_card.json").write_text(_kept(folder, "changed.json", _rewritten(document)))


def read(folder: Path, *, changed: bool = False) -> SiteInput:
    """The site, its documents being read when they are asked for."""
    with (folder / "cards.jsonl").open() as lines:
        cards = tuple(map(WindowCard.model_validate_json, lines))
    rows = (StatusRow(c.signature, c.source, c.partition, "DONE", c.first, c.last, c.messages) for c in cards)
    total = sum(card.messages for card in cards)
    site = SiteInput(
        settings=SiteSettings(),
        title="A long conversation",
        sources=(SourceView(SourceId("bench"), "A long conversation", total, cards[0].first, cards[-1].last),),
        cards=cards,
        people={who: PersonView(who, f"Person {n}", f"person-{n}") for n, who in enumerate(PEOPLE)},
        status=tuple(rows),
        load=lambda key: WindowDocument.model_validate_json((folder / key).read_text()),
    )
    if not changed:
        return site
    place, card = len(cards) // 2, (folder / "changed_card.json").read_text()
    return replace(site, cards=(*cards[:place], WindowCard.model_validate_json(card), *cards[place + 1 :]))


def _kept(folder: Path, name: str, document: WindowDocument) -> str:
    """Write a document; its card."""
    (folder / name).write_text(document.model_dump_json())
    return summarise(document, name).model_dump_json()


def _rewritten(document: WindowDocument) -> WindowDocument:
    words = {
        "title": "Another title",
        "standfirst": "In other words.",
        "body": f"{document.posts[0].body}\n\nAnd more.",
    }
    notes = tuple(note.model_copy(update={"text": "Says it otherwise."}) for note in document.notes)
    return document.model_copy(update={"posts": (document.posts[0].model_copy(update=words),), "notes": notes})
