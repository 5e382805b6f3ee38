# ruff: noqa: E501 - prose keeps its lines
"""A small believable site: seven friends, a trip, a flat, a film, over three years. Everybody and everything is made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from egregora.documents import Citation, PersonNote, Post, WindowDocument
from egregora.forms import (
    ActionItem,
    Decision,
    Enrichment,
    Entity,
    Link,
    Part,
    Question,
    Quote,
    Relation,
    Topic,
)
from egregora.ids import Handle, MessageId, Partition, RecipeDigest, Signature, SliceDigest, SourceId
from egregora.ids import sha256 as digest
from egregora.journal import Usage
from egregora.settings import SiteSettings
from egregora.site import PersonView, SiteInput, SourceView, StatusRow
from egregora.site.build import build_site
from egregora.site.catalogue import WindowCard, summarise

SOURCE = SourceId("kitchen-table")


def handle(name: str) -> Handle:
    return Handle("@" + sha256(name.encode()).hexdigest()[:10])


ANA, BRUNO, CHIARA, DEV, ELSA, FARID, GRETE = (
    handle(name) for name in ("ana", "bruno", "chiara", "dev", "elsa", "farid", "grete")
)
GONE = handle("someone who opted out")
NAMES = {
    ANA: "Quiet Heron",
    BRUNO: "Copper Fox",
    CHIARA: "Marsh Lantern",
    DEV: "Paper Comet",
    ELSA: "Winter Plum",
    FARID: "Salt Harbour",
    GRETE: "Violet Anvil",
}
PEOPLE = {who: PersonView(who, name, name.lower().replace(" ", "-")) for who, name in NAMES.items()}


def window(
    first: str,
    last: str,
    *,
    topics: Sequence[tuple[str, str, Sequence[str]]] = (),
    posts: Sequence[Mapping[str, Any]] = (),
    messages: Mapping[Handle, int] | None = None,
    offline: bool = False,
    language: str = "en",
    notes: Sequence[tuple[Handle, str]] = (),
    source: SourceId = SOURCE,
    **found: Any,
) -> WindowDocument:
    """A window's document. A post is given as title, standfirst, body, tags and `said`: (time, author, text)."""
    signature = Signature(digest("window", source, first, last))
    counts = dict(messages or {ANA: 14, BRUNO: 11, CHIARA: 9})
    made = tuple(_post(signature, number, post, first) for number, post in enumerate(posts))
    days: Counter[str] = Counter()
    hours = [0] * 24
    total = sum(counts.values())
    for post in posts:
        for time, _, _ in post["said"]:
            days[time[:10]] += 1
            hours[int(time[11:13])] += 1
    days[first[:10]] += total - sum(days.values())
    hours[int(first[11:13])] += total - sum(hours)
    return WindowDocument(
        signature=signature,
        attempt=1,
        source=source,
        partition=Partition(first[:7]),
        slice=SliceDigest(digest("slice", first)),
        recipe=RecipeDigest(digest("recipe")),
        model="offline-1" if offline else "gemini-2.5-flash",
        offline=offline,
        first=first,
        last=last,
        messages=total,
        people=counts,
        hours=tuple(hours),
        days=dict(days),
        enrichment=Enrichment(
            language=language,
            summary="They talked, and came to something.",
            topics=[Topic(name=name, summary=said, messages=list(ids)) for name, said, ids in topics],
            **found,
        ),
        posts=made,
        notes=tuple(PersonNote(person=who, text=text) for who, text in notes),
    )


def _post(signature: Signature, number: int, post: Mapping[str, Any], first: str) -> Post:
    citations = tuple(
        Citation(id=MessageId(f"{first[:10]}-{number}-{place}"), time=time, author=who, text=text)
        for place, (time, who, text) in enumerate(post["said"])
    )
    people = tuple(dict.fromkeys(citation.author for citation in citations if citation.author))
    return Post(
        id=digest(signature, str(number))[:10],
        title=post["title"],
        standfirst=post.get("standfirst", ""),
        body=post["body"],
        tags=tuple(post.get("tags", ())),
        people=people + tuple(post.get("people", ())),
        citations=citations,
        date=citations[0].time if citations else first,
    )


def site(
    documents: Sequence[WindowDocument],
    *,
    people: Mapping[Handle, PersonView] | None = None,
    settings: SiteSettings | None = None,
    title: str = "The Kitchen Table",
    status: Sequence[StatusRow] | None = None,
    warnings: Sequence[str] = (),
) -> SiteInput:
    """A site made of documents, in their order."""
    kept = {f"documents/{document.signature}/{document.attempt}.json": document for document in documents}
    cards: list[WindowCard] = [summarise(document, key) for key, document in kept.items()]
    rows = tuple(
        StatusRow(
            document.signature, document.source, document.partition, "DONE", document.first, document.last,
            document.messages, None, Usage(5200, 1900, 0.0063, 2, 0),
        )
        for document in documents
    )  # fmt: skip
    return SiteInput(
        settings=settings or SiteSettings(description="What seven friends said, kept."),
        title=title,
        sources=(
            SourceView(
                SOURCE,
                title,
                sum(document.messages for document in documents),
                documents[0].first if documents else None,
                documents[-1].last if documents else None,
                tuple(warnings),
            ),
        ),
        cards=tuple(cards),
        people=dict(PEOPLE if people is None else people),
        status=rows if status is None else tuple(status),
        load=kept.__getitem__,
    )


def renamed(given: SiteInput, who: Handle, name: str) -> SiteInput:
    """The same site, with one person called something else."""
    view = replace(given.people[who], name=name)
    return replace(given, people={**given.people, who: view})


LISBON = window(
    "2024-03-15T09:12:00",
    "2024-03-17T22:48:00",
    messages={ANA: 41, BRUNO: 33, CHIARA: 27, DEV: 12, ELSA: 19},
    topics=[
        (
            "Lisbon trip",
            "Five days at the end of May, by night train if it runs, with two rooms near Graça.",
            ["2024-03-15-0-0", "2024-03-15-0-2"],
        ),
        ("Night trains", "Whether the sleeper still goes, what it costs, and who snores.", ["2024-03-15-0-1"]),
        ("Sourdough", "A starter named Gerald, and its travel plans.", ["2024-03-15-1-0"]),
    ],
    posts=[
        {
            "title": "Five days in Lisbon, and one very long train",
            "standfirst": "The dates are fixed, the rooms are half fixed, and the question of who shares with the snorer is not fixed at all.",
            "body": f"""It began, as these things do, with a screenshot of a fare. {BRUNO} had found a seat from Paris to the border for twenty-nine euros and posted it without a word, and within the hour four people had stopped working.

The **dates** were the easy part. {ANA} ruled out the first weekend of May (a christening), {CHIARA} ruled out the second (a deadline that has been "next week" since January), and what was left was the twenty-ninth. Nobody objected, which {ELSA} called "suspicious".

## How to get there

The night train is the reason half of them want to go, and the reason the other half hesitate. {DEV} had done the sums:

| Way | Hours | Each |
|:--|--:|--:|
| Night train, six-berth | 21 | 118 € |
| Night train, for two | 21 | 204 € |
| Flying, with a bag | 3 | 96 € |

> Twenty-one hours is not a journey, it is a small holiday with a corridor.

That was {CHIARA}, and it settled it. They will take the train down and let everyone come home as they like. {BRUNO} will book before Sunday, because the cheap berths go first:

1. Six berths down, on the evening of the 28th
2. Two rooms near Graça, with a kitchen
3. Nothing planned for the first day but lunch

What is still open is the return, and whether `FLEX` fares are worth it. There is a [page on how the sleeper is run](https://example.org/sleeper) that {ANA} swears by.

### The lunch

It will be grilled fish. This was not voted on.""",
            "tags": ["travel"],
            "said": [
                ("2024-03-15T09:12:00", BRUNO, "29 euros!! look at this. Paris to Hendaye, end of May"),
                ("2024-03-15T09:31:00", ANA, "not the first weekend, christening. the 29th I could do"),
                ("2024-03-15T12:04:00", DEV, "did the sums: 118 in the six-berth, 204 for two, flying 96 with a bag"),
                (
                    "2024-03-16T18:22:00",
                    CHIARA,
                    "twenty-one hours is not a journey it's a small holiday with a corridor",
                ),
                ("2024-03-17T10:40:00", ELSA, "nobody objected to the 29th? suspicious"),
                (
                    "2024-03-17T21:15:00",
                    BRUNO,
                    "ok I book the berths before sunday, everyone send me your full n… no wait, just say yes here",
                ),
                ("2024-03-17T22:48:00", GONE, "yes!"),
            ],
        },
        {
            "title": "Gerald the starter needs a sitter",
            "standfirst": "A jar of flour and water has more travel constraints than any of its owners.",
            "body": f"{ELSA} has kept **Gerald** alive since the second lockdown, and does not intend to lose him to a week in the sun. {ANA} offered her fridge; {DEV} offered to bake with it, which was declined.\n\nFeeding is every second day: *fifty grams of rye, fifty of water, no singing.*",
            "tags": ["baking"],
            "said": [
                ("2024-03-16T20:01:00", ELSA, "who takes Gerald while we're away"),
                ("2024-03-16T20:05:00", ANA, "my fridge is free but I will not talk to him"),
                ("2024-03-16T20:09:00", DEV, "I could make pizza"),
                ("2024-03-16T20:09:30", ELSA, "absolutely not"),
            ],
        },
    ],
    decisions=[
        Decision(text="They leave on the evening of 28 May, by night train.", messages=["2024-03-15-0-3"]),
        Decision(text="Everyone comes home as they like.", messages=["2024-03-15-0-3"]),
    ],
    questions=[Question(text="Who shares with the snorer?", person=CHIARA, messages=["2024-03-15-0-4"])],
    actions=[ActionItem(text="Book six berths", person=BRUNO, due="before Sunday", messages=["2024-03-15-0-5"])],
    quotes=[
        Quote(
            text="Twenty-one hours is not a journey, it’s a small holiday with a corridor.",
            person=CHIARA,
            messages=["2024-03-15-0-3"],
        )
    ],
    links=[Link(url="https://example.org/sleeper", title="How the sleeper is run", messages=["2024-03-15-0-2"])],
    parts=[
        Part(person=BRUNO, summary="Found the fare and took on the booking."),
        Part(person=DEV, summary="Did the sums, in a table, unasked."),
        Part(person=CHIARA, summary="Argued for the train, and won with one sentence."),
    ],
    entities=[Entity(name="Lisbon", type="place", messages=["2024-03-15-0-0"]), Entity(name="Graça", type="place")],
    relations=[Relation(subject=BRUNO, predicate="books berths to", object="Lisbon")],
    notes=[
        (BRUNO, "Starts things with a picture and no words, and then does the booking."),
        (CHIARA, "Wins arguments with one sentence, usually around six in the evening."),
        (DEV, "Brings numbers before anyone has asked for them."),
    ],
)

FLAT = window(
    "2024-04-02T08:30:00",
    "2024-04-09T23:02:00",
    messages={FARID: 52, GRETE: 38, ANA: 21, BRUNO: 8, DEV: 30},
    topics=[
        (
            "The flat on Mill Street",
            "Three rooms, a landlord with opinions, a kitchen one can stand in.",
            ["2024-04-02-0-0"],
        ),
        ("Rent", "What counts as warm, and what the deposit is for.", ["2024-04-02-0-1"]),
    ],
    posts=[
        {
            "title": "Eleven viewings later, a kitchen one can stand in",
            "standfirst": "Salt Harbour’s search ends on Mill Street, with a floor that slopes and a landlord who asks about birds.",
            "body": f"""The twelfth flat was the one. {FARID} wrote *three words and a photograph of a window*, and {GRETE} answered before he had put the phone away: **take it**.

It has faults. The floor runs downhill towards the bath; a marble let go in the hall arrives in the kitchen. The landlord asked twice whether anyone kept birds. But the kitchen fits a table, and {DEV} has already measured it.

- 74 square metres, third floor
- 980 a month, warm, and warm was **checked**
- free from the first of June

{ANA} has a van, or knows someone who has one, which by now means the same thing.""",
            "tags": ["moving house"],
            "said": [
                ("2024-04-02T08:30:00", FARID, "viewing number 12. wish me luck"),
                ("2024-04-08T17:41:00", FARID, "it has a window"),
                ("2024-04-08T17:42:00", GRETE, "take it"),
                ("2024-04-08T19:10:00", DEV, "the table fits with 12 cm to spare on each side, I checked the plan"),
                ("2024-04-09T23:02:00", ANA, "van: sorted"),
            ],
        }
    ],
    decisions=[Decision(text="Salt Harbour takes the flat from 1 June.", messages=["2024-04-02-0-2"])],
    questions=[Question(text="Why birds?", person=GRETE)],
    entities=[Entity(name="Mill Street", type="place")],
    relations=[Relation(subject=FARID, predicate="moves to", object="Mill Street")],
    notes=[(FARID, "Announces good news in as few words as can be."), (GRETE, "Decides for other people, correctly.")],
)

FILM = window(
    "2024-04-20T20:00:00",
    "2024-04-21T01:14:00",
    messages={CHIARA: 44, DEV: 51, ELSA: 12, GRETE: 9},
    offline=True,
    topics=[
        ("Solaris", "Which of the two, and whether slow is the same as long.", ["2024-04-20-0-0"]),
        ("Film night", "", []),
    ],
    posts=[
        {
            "title": "Film night, Solaris, slow or long",
            "standfirst": "116 messages on Saturday night, most of them about one shot of a motorway.",
            "body": f"{DEV} held that the motorway goes on for five minutes because it *must*; {CHIARA} held that it goes on for five minutes because nobody was there to stop it.\n\n> Slow is when I want it to stop. Long is when I look at the time.\n\nNo agreement was reached by one in the morning.\n\n*Put together from the messages themselves, without a language model.*",
            "said": [
                ("2024-04-20T22:40:00", DEV, "the motorway IS the film"),
                ("2024-04-20T22:43:00", CHIARA, "the motorway is a motorway, nobody was there to stop it"),
                (
                    "2024-04-21T01:14:00",
                    ELSA,
                    "slow is when I want it to stop. long is when I look at the time. good night",
                ),
            ],
        }
    ],
    quotes=[
        Quote(
            text="Slow is when I want it to stop. Long is when I look at the time.",
            person=ELSA,
            messages=["2024-04-20-0-2"],
        )
    ],
    entities=[Entity(name="Solaris", type="work", messages=["a", "b"])],
    relations=[Relation(subject=DEV, predicate="defends", object="Solaris")],
    notes=[(ELSA, "Has the last word, and then sleeps.")],
)

EARLIER = [
    window(
        f"{day}T18:00:00",
        f"{day}T21:00:00",
        messages={ANA: 8 + n, CHIARA: 5, (BRUNO, DEV, ELSA)[n % 3]: 6},
        topics=[(topic, said, [f"{day}-0-0"])],
        posts=[
            {
                "title": title,
                "standfirst": standfirst,
                "body": f"{ANA} began it.\n\n{said}",
                "tags": ["travel"] if n % 2 else [],
                "said": [
                    (f"{day}T18:02:00", ANA, "so"),
                    (f"{day}T18:05:00", (BRUNO, DEV, ELSA)[n % 3], "here we go"),
                ],
            }
        ],
    )
    for n, (day, topic, title, standfirst, said) in enumerate(
        [
            (
                "2022-04-21",
                "Night trains",
                "The sleeper that did not stop",
                "It was meant to wait eight minutes in Basel.",
                "It waited for none of them.",
            ),
            (
                "2022-11-05",
                "Birthday lists",
                "A birthday in three time zones",
                "The cake was eaten in the wrong order.",
                "Everyone sang, not at once.",
            ),
            (
                "2023-04-20",
                "Sourdough",
                "How Gerald got his name",
                "There was a vote. There was a recount.",
                "A jar was named.",
            ),
            (
                "2023-07-14",
                "The lake",
                "Cold water, warm beer",
                "Someone had packed it the wrong way round.",
                "They swam.",
            ),
            (
                "2023-12-31",
                "Film night",
                "The year’s last film was the year’s worst",
                "Nobody would own up to having chosen it.",
                "They watched to the end.",
            ),
            (
                "2024-01-28",
                "Rent",
                "What counts as warm",
                "A short course in reading a lease.",
                "Warm means heated. It does not mean lit.",
            ),
            (
                "2024-02-11",
                "Lisbon trip",
                "A photograph of a tram",
                "Nobody said anything for four minutes.",
                "Then everybody did.",
            ),
        ]
    )
]

DOCUMENTS = [*EARLIER, LISBON, FLAT, FILM]

TROUBLE = (
    StatusRow(
        Signature("f" * 64), SOURCE, Partition("2023-08"), "BLOCKED", "2023-08-02T10:00:00", "2023-08-04T12:00:00", 96,
        "the model refuses this content",
    ),
    StatusRow(
        Signature("e" * 64), SOURCE, Partition("2023-09"), "FAILED", "2023-09-02T10:00:00", "2023-09-12T12:00:00", 212,
        "the model's answer did not fit the schema",
    ),
    StatusRow(Signature("d" * 64), SOURCE, Partition("2024-05"), None, "2024-05-02T10:00:00", "2024-05-03T12:00:00", 40),
)  # fmt: skip


def magazine(**changes: Any) -> SiteInput:
    """The whole sample site."""
    whole = site(DOCUMENTS, warnings=["3 lines without a date were joined to the message before them"])
    return replace(whole, status=whole.status + TROUBLE, **changes)


HOSTILE = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\x00\u202e"


def hostile() -> SiteInput:
    poisoned = window(
        "2024-05-01T10:00:00",
        "2024-05-01T12:00:00",
        topics=[(HOSTILE, HOSTILE, ["2024-05-01-0-0"]), ("../../etc/passwd", "x", []), ("---", "x", [])],
        posts=[
            {
                "title": HOSTILE,
                "standfirst": HOSTILE,
                "body": HOSTILE,
                "tags": [HOSTILE, "../../../x", "?#%2e%2e/", "a/b\\c", "con", ANA],
                "said": [("2024-05-01T10:00:00", ANA, HOSTILE)],
            }
        ],
        language='en" onload="x',
        notes=[(ANA, HOSTILE)],
        decisions=[{"text": HOSTILE}],
        questions=[{"text": HOSTILE, "person": HOSTILE}],
        actions=[{"text": HOSTILE, "due": HOSTILE}],
        quotes=[{"text": HOSTILE, "person": ANA}],
        links=[{"url": "javascript:alert(1)", "title": HOSTILE}, {"url": 'https://x.example/"><script>', "title": "x"}],
        entities=[{"name": HOSTILE, "type": "place"}],
        relations=[{"subject": HOSTILE, "predicate": HOSTILE, "object": HOSTILE}],
    )
    people = {ANA: PersonView(ANA, HOSTILE, "../../" + HOSTILE), BRUNO: PersonView(BRUNO, "", "")}
    given = site(
        [poisoned], people=people, title=HOSTILE, warnings=[HOSTILE], settings=SiteSettings(description=HOSTILE)
    )
    row = replace(TROUBLE[0], reason=HOSTILE)
    return replace(given, status=(row,))


def rendered(given: SiteInput) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for page in build_site(given):
        made = page.files() if page.files else {"": page.render()}
        files |= {page.path + name: data for name, data in made.items()}
    return files
