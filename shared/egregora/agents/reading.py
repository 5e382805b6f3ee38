"""A window in the agents' hands: its messages, what precedes them, and their transcript, rendered once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from pydantic import BaseModel

from egregora.agents.transcript import Transcript, render, render_context, shown
from egregora.ids import Handle, MessageId, Signature, SliceDigest
from egregora.message import Message

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True)
class Reading:
    """A window as the agents see it.

    `messages` are the window's, in order; `context` precedes them, is shown to the writer and cannot be cited. `people`
    are the handles that may be spoken of besides the authors seen here: the participants of the source, since
    someone may be mentioned who is silent in this window. `bytes_per_token` is what the source has shown so far.
    `asker` and `slice` say for the ledger on whose behalf, and about what, a model is asked.
    """

    messages: tuple[Message, ...]
    context: tuple[Message, ...] = ()
    people: frozenset[Handle] = frozenset()
    bytes_per_token: float = 4.0
    asker: Signature | None = None
    slice: SliceDigest | None = None

    @cached_property
    def transcript(self) -> Transcript:
        """The window's messages, rendered. Raises `Reject` where an author is no handle."""
        return render(self.messages)

    @cached_property
    def context_text(self) -> str:
        """The context's messages, rendered."""
        return render_context(self.context)

    @cached_property
    def known_people(self) -> frozenset[str]:
        """Every handle that an answer may name."""
        seen = {m.author for m in self.transcript.names.values()} | {m.author for m in self.context if shown(m)}
        return self.people.union(author for author in seen if author)

    def cited(self, names: Iterable[str]) -> tuple[Message, ...]:
        """The messages that ``m<n>`` names stand for, in the order of the window; names of none are passed over."""
        order = sorted({int(name[1:]) for name in names if name in self.transcript.names})
        return tuple(self.messages[number - 1] for number in order)

    def ids(self, names: Iterable[str]) -> tuple[MessageId, ...]:
        """The ids of the messages that ``m<n>`` names stand for, each once, in the order of the window."""
        return tuple(dict.fromkeys(MessageId(message.id) for message in self.cited(names)))

    def with_ids(self, form: Form) -> Form:
        """A copy of an agent's form in which every message name is replaced by the message's id, for a document."""
        changes: dict[str, object] = {}
        for field in type(form).model_fields:
            value = getattr(form, field)
            if field == "messages":
                changes[field] = list(self.ids(value))
            elif isinstance(value, Sequence) and not isinstance(value, str):
                changes[field] = [self.with_ids(item) if isinstance(item, BaseModel) else item for item in value]
        return form.model_copy(update=changes)
