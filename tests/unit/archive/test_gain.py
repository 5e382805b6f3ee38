"""What a message learns from its like, and what it keeps."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from egregora.archive.gain import gained
from egregora.message import Attachment, Message, Reaction

OLD = Message(time="2024-03-01T10:00:00", author="@00000000aa", text="hello")
LEFT_OUT = replace(OLD, kind="media_omitted", text="<Media omitted>")
NAMED = replace(OLD, kind="attachment", text="a.jpg", attachments=(Attachment("a.jpg"),))
HELD = replace(OLD, kind="attachment", text="A.jpg", attachments=(Attachment("A.jpg", True),))


@pytest.mark.parametrize(
    "more",
    [{"id": "7"}, {"author_id": "7"}, {"reply_to": "7"}, {"thread": "7"}, {"reactions": (Reaction("+"),)}],
    ids=lambda more: next(iter(more)),
)
def test_what_is_not_known_is_learned_and_what_is_known_is_kept(more: dict[str, Any]) -> None:
    new = replace(OLD, **more)
    assert gained(OLD, new) == new
    assert gained(new, OLD) is new
    assert gained(new, new) is new


@pytest.mark.parametrize("column", ["id", "author_id", "reply_to", "thread"])
def test_what_is_said_otherwise_changes_nothing(column: str) -> None:
    old, new = (replace(OLD, **{column: value}) for value in ("7", "8"))
    assert gained(old, new) is old


def test_reactions_of_both_stand_each_once() -> None:
    first, second, third = Reaction("+", "a"), Reaction("!", "b"), Reaction("?", "c")
    old, new = replace(OLD, reactions=(first, second)), replace(OLD, reactions=(second, third))
    assert gained(old, new).reactions == (first, second, third)


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("10:00:00", "10:00:13", "10:00:13"),
        ("10:00:00Z", "10:00:13Z", "10:00:13Z"),
        ("10:00:13", "10:00:00", "10:00:13"),
        ("10:00:13", "10:00:14", "10:00:13"),
        ("10:00:13", "10:00:13.5", "10:00:13.5"),
        ("10:00:13Z", "10:00:13.5Z", "10:00:13.5Z"),
        ("10:00:13.5", "10:00:13", "10:00:13.5"),
        ("10:00:13", "10:00:13Z", "10:00:13"),
        ("10:00:13Z", "10:00:13", "10:00:13Z"),
        ("10:00:13", "10:00:14.5", "10:00:13"),
        ("10:00:00", "10:01:13", "10:00:00"),
    ],
)
def test_the_finer_time_of_one_minute_stands(old: str, new: str, kept: str) -> None:
    first, second = (replace(OLD, time=f"2024-03-01T{time}") for time in (old, new))
    assert gained(first, second) == replace(OLD, time=f"2024-03-01T{kept}")
    assert gained(first, replace(OLD, time=None)) is first
    assert gained(replace(OLD, time=None), first).time is None


EDITED = replace(OLD, text="hello again", edited=True)
WITHDRAWN = replace(OLD, kind="deleted", text="deleted")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (OLD, EDITED, EDITED),
        (EDITED, OLD, EDITED),
        (EDITED, replace(EDITED, text="once more"), replace(EDITED, text="once more")),
        (EDITED, replace(EDITED, text="hello again "), EDITED),
        (OLD, replace(OLD, edited=True), replace(OLD, edited=True)),
        (OLD, WITHDRAWN, WITHDRAWN),
        (EDITED, WITHDRAWN, WITHDRAWN),
        (HELD, WITHDRAWN, WITHDRAWN),
        (WITHDRAWN, OLD, WITHDRAWN),
        (WITHDRAWN, EDITED, WITHDRAWN),
        (WITHDRAWN, HELD, WITHDRAWN),
        (replace(OLD, kind="system"), replace(OLD, kind="system", text="hej"), replace(OLD, kind="system")),
        (replace(OLD, kind="system"), EDITED, replace(OLD, kind="system")),
        (OLD, replace(OLD, text="hallo"), OLD),
        (LEFT_OUT, HELD, HELD),
        (LEFT_OUT, NAMED, NAMED),
        (HELD, LEFT_OUT, HELD),
        (NAMED, HELD, replace(NAMED, attachments=HELD.attachments)),
        (HELD, NAMED, HELD),
        (HELD, replace(HELD, attachments=(Attachment("B.jpg", True),)), HELD),
        (
            HELD,
            replace(HELD, attachments=(*HELD.attachments, Attachment("B.jpg"))),
            replace(HELD, attachments=(*HELD.attachments, Attachment("B.jpg"))),
        ),
        (NAMED, replace(HELD, edited=True, text="caption"), replace(HELD, edited=True, text="caption")),
        (replace(OLD, text="ask Bo"), replace(OLD, text="ask @00000000bb"), replace(OLD, text="ask @00000000bb")),
        (replace(OLD, text="ask @00000000bb"), replace(OLD, text="ask Bo"), replace(OLD, text="ask @00000000bb")),
        (
            replace(OLD, text="ask Bo"),
            replace(OLD, text="ask @00000000bb", attachments=HELD.attachments),
            replace(OLD, text="ask @00000000bb", attachments=HELD.attachments),
        ),
    ],
)
def test_the_later_state_of_a_message_stands(old: Message, new: Message, expected: Message) -> None:
    assert gained(old, new) == expected
    assert (gained(old, new) is old) is (expected == old)
