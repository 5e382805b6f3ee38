"""Handles become names: the one place where the site learns what people are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from egregora.ids import HANDLE, Handle, slug
from egregora.site import PersonView

SOMEONE = "someone"
TONES = 8


class Ref(msgspec.Struct, frozen=True, gc=False):
    """A name and the page it leads to (a path from the site's root; empty: none). `tone` colours a person."""

    name: str
    href: str = ""
    tone: int = -1


def handles(text: str) -> frozenset[Handle]:
    """Every handle that stands in `text`."""
    return frozenset(Handle(found) for found in HANDLE.findall(text))


class Names:
    """What each handle is called on this site, and where their page is."""

    def __init__(self, people: Mapping[Handle, PersonView]) -> None:
        self._refs: dict[Handle, Ref] = {}
        taken: set[str] = set()
        for handle in sorted(people):
            folder = slug(people[handle].slug)
            if not folder or folder in taken:
                # An address must be there and be nobody else's, whatever a name is made of.
                folder = f"{folder or 'person'}-{sha256(handle.encode()).hexdigest()[:6]}"
            taken.add(folder)
            tone = int(sha256(handle.encode()).hexdigest()[:2], 16) % TONES
            name = " ".join(people[handle].name.split()) or SOMEONE
            self._refs[handle] = Ref(name, f"people/{folder}/index.html", tone)

    def __contains__(self, handle: Handle) -> bool:
        return handle in self._refs

    def ref(self, handle: Handle | None) -> Ref:
        """A person's name and page; "someone" without a page for whoever is not known."""
        return self._refs.get(handle, Ref(SOMEONE)) if handle else Ref(SOMEONE)

    def refs(self, people: Iterable[Handle]) -> tuple[Ref, ...]:
        """Those of `people` who may be shown, in their order."""
        return tuple(self._refs[handle] for handle in dict.fromkeys(people) if handle in self._refs)

    def shown(self, people: Iterable[Handle]) -> dict[Handle, Ref]:
        """The known ones of `people`, in the order of handles: what a page that shows them depends on."""
        return {handle: self._refs[handle] for handle in sorted(set(people)) if handle in self._refs}

    def text(self, text: str) -> str:
        """`text` with every handle replaced by a name."""
        return named(text, self._refs)


def named(text: str, refs: Mapping[Handle, Ref]) -> str:
    """`text` with every handle replaced by its name in `refs`, or by "someone"."""

    def name(match: re.Match[str]) -> str:
        ref = refs.get(Handle(match[0]))
        return ref.name if ref else SOMEONE

    return HANDLE.sub(name, text)


def named_values(value: Any, refs: Mapping[Handle, Ref]) -> Any:
    """A JSON-like value with the handles in all its strings replaced, keys included."""
    if isinstance(value, str):
        return named(value, refs)
    if isinstance(value, Mapping):
        return {named(str(key), refs): named_values(item, refs) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [named_values(item, refs) for item in value]
    return value
