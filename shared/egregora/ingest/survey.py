"""What one pass over a conversation tells of it, and the chat that is made of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from egregora.errors import Unreadable
from egregora.ingest import ByteSource, Chat, ChatReport, Export, FileReport, Platform, Report, Warning  # noqa: A004
from egregora.message import Message

_MOST_PEOPLE = 200_000


@dataclass(slots=True)
class Survey:
    """Counts, the first and last time, the people who wrote and those who reacted, in the order of appearance."""

    messages: int = 0
    system: int = 0
    first: str | None = None
    last: str | None = None
    authors: dict[str, None] = field(default_factory=dict)
    others: dict[str, None] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        """Take note of one more message. Raises `Unreadable` where there are more people than any chat has."""
        if message.kind == "system":
            self.system += 1
        else:
            self.messages += 1
        if message.time:
            self.first = self.first or message.time
            self.last = message.time
        if message.author:
            self.authors[message.author] = None
        for reaction in message.reactions:
            if reaction.author:
                self.others[reaction.author] = None
        if len(self.authors) + len(self.others) > _MOST_PEOPLE:
            raise Unreadable(f"more than {_MOST_PEOPLE:,} people write in it; give what the app's own export made")

    def all(self, messages: Iterable[Message]) -> Survey:
        """Take note of every message."""
        for message in messages:
            self.add(message)
        return self

    def chat(
        self,
        platform: Platform,
        name: str,
        messages: Callable[[], Iterator[Message]],
        *,
        id: str = "",  # noqa: A002 - the field's name
        named: bool = True,
        people: Iterable[str] = (),
    ) -> Chat:
        """The chat whose `messages` were surveyed; `people` are further ones that the export names."""
        authors = tuple(self.authors)
        return Chat(
            id=id,
            name=name,
            platform=platform,
            authors=authors,
            messages=messages,
            mentioned=tuple(n for n in dict.fromkeys((*people, *self.others)) if n and n not in self.authors),
            messages_count=self.messages,
            system_count=self.system,
            first=self.first,
            last=self.last,
            named=named,
        )


def export(sources: Sequence[ByteSource], chats: Sequence[Chat], warnings: Iterable[Warning] = ()) -> Export:
    """The export of files that hold `chats` together; all are reported with the first file."""
    counts = tuple(
        ChatReport(c.id, c.name, c.platform, c.messages_count, c.system_count, c.first, c.last) for c in chats
    )
    platform = chats[0].platform
    first = FileReport(sources[0].name, platform, counts)
    others = (FileReport(source.name, platform) for source in sources[1:])
    return Export(tuple(chats), Report((first, *others), tuple(warnings)))
