"""Who is in a workspace, which channels it has, and what the marks in its texts stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeVar

import msgspec

from egregora.ingest import ByteSource, Warning  # noqa: A004
from egregora.ingest.json_stream import Document

T = TypeVar("T")

_LISTS = ("channels.json", "groups.json", "mpims.json", "dms.json")
_MARK = re.compile(r"<([^<>\s][^<>]*)>")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Profile(msgspec.Struct, gc=False):
    """How somebody calls themselves."""

    display_name: str | None = None
    real_name: str | None = None
    name: str | None = None

    @property
    def shown(self) -> str:
        """The name that Slack shows."""
        return self.display_name or self.real_name or self.name or ""


class User(Profile, gc=False):
    """One line of the list of users."""

    id: str = ""
    profile: Profile | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name they have, that which is shown first."""
        inner = self.profile or Profile()
        known = (inner.display_name, inner.real_name, self.display_name, self.real_name, inner.name, self.name)
        return tuple(dict.fromkeys(name for name in known if name))


class Channel(msgspec.Struct, gc=False):
    """A channel, a private one, a conversation of several, or one of two, which has no name."""

    id: str = ""
    name: str | None = None
    members: tuple[str, ...] = ()


@dataclass(slots=True)
class Workspace:
    """The lists of one export."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    warnings: list[Warning] = field(default_factory=list)

    @classmethod
    def read(cls, root: PurePosixPath, group: Iterable[ByteSource]) -> Workspace:
        """Read the lists that lie in `root`. Raises `Unreadable`."""
        workspace = cls()
        for source in group:
            path = PurePosixPath(source.name)
            if path.parent != root:
                continue
            if path.name == "users.json":
                workspace.names |= {user.id: user.names for user in workspace._rows(source, User)}
            elif path.name in _LISTS:
                for channel in workspace._rows(source, Channel):
                    workspace.channels |= {key: channel for key in (channel.id, channel.name) if key}
        return workspace

    def _rows(self, source: ByteSource, form: type[T]) -> Iterator[T]:
        document = Document(source, "")
        for batch in document.scan(form):
            yield from batch.elements
        self.warnings += document.warnings()

    def shown(self, user: str) -> str | None:
        """The name of the user of this id."""
        names = self.names.get(user)
        return names[0] if names else None

    def people(self) -> Iterator[str]:
        """Every name of everybody."""
        for names in self.names.values():
            yield from names

    def title(self, folder: str) -> str:
        """What the channel that lies in `folder` is called: by its people where it has no name."""
        channel = self.channels.get(folder)
        if channel is None or channel.name:
            return (channel and channel.name) or folder
        return ", ".join(self.shown(member) or member for member in channel.members) or folder

    def plain(self, text: str) -> str:
        """A text with its marks put into words, as the app shows them."""
        if "<" in text:
            text = _MARK.sub(self._word, text)
        if "&" in text:
            for escape, char in _ESCAPES:
                text = text.replace(escape, char)
        return text

    def _word(self, mark: re.Match[str]) -> str:
        target, _, label = mark[1].partition("|")
        match target[:1]:
            case "@":
                return f"@{self.shown(target[1:]) or label or target[1:]}"
            case "#":
                channel = self.channels.get(target[1:])
                return f"#{label or (channel and channel.name) or target[1:]}"
            case "!":
                return label or f"@{target[1:]}"
        if not (label and target) or label == target or target.startswith(("mailto:", "tel:")):
            return label or target
        return f"{label} ({target})"
