"""What the site calls people, by the settings.

pseudonym: the alias a person chose in the chat, else a made-up name. alias: the same, said for sites where aliases are
the rule. real: the alias a person chose, else the name as exported; a bare phone number is never shown.

An alias is its owner's own word on what to be called, so it holds in every mode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain, count
from typing import Literal, NamedTuple

from egregora.ids import Handle, slug
from egregora.privacy.handles import Handles, normal_name, phone_digits
from egregora.privacy.participants import Participants
from egregora.privacy.people import People, Person

Mode = Literal["pseudonym", "alias", "real"]


class ShownName(NamedTuple):
    """A person's name on the site and its form in addresses; each belongs to one person only."""

    name: str
    slug: str


class DisplayNames:
    """The names of everybody on one site, which may show several sources."""

    def __init__(self, people: Iterable[People], mode: Mode) -> None:
        self._mode = mode
        persons: dict[Handle, list[Person]] = {}
        gone: set[Handle] = set()
        for source in sorted(people, key=lambda source: source.source):
            gone |= source.opted_out
            # By whom later names are joined to: records[0] is of the handle that stands for the person.
            for person in sorted(
                source.persons.values(), key=lambda person: (person.joined is not None, person.handle)
            ):
                persons.setdefault(person.joined or person.handle, []).append(person)
        wanted = {handle: self._wanted(records) for handle, records in persons.items() if handle not in gone}
        self._shown = _told_apart(wanted)

    def people(self) -> dict[Handle, ShownName]:
        """Name and slug of everybody who opted out of none of the sources."""
        return dict(self._shown)

    def title(self, people: People) -> str | None:
        """The chat's name as exported; None where it holds a participant's name or number, unless names are real."""
        if not people.title or self._mode == "real":
            return people.title
        names = [name for person in people.persons.values() for name in person.names]
        return None if holds_person(people.title, names) else people.title

    def _wanted(self, records: list[Person]) -> str:
        chosen = max(records, key=lambda person: (person.alias_at or "", person.alias_turn))
        if chosen.alias:
            return chosen.alias
        if self._mode == "real":
            names = {normal_name(name) for person in records for name in person.names if not phone_digits(name)}
            if names - {""}:
                return min(names - {""}, key=lambda name: (len(name), name))
        return records[0].pseudonym


def holds_person(text: str, names: Iterable[str]) -> bool:
    """Whether `text` names one of the people called `names`, even in part, or holds what may be a phone number."""
    if phone_digits(text) or sum(map(str.isdecimal, text)) >= 7:
        return True
    return Participants(_NO_KEY, names).named_in(text)


_NO_KEY = Handles(b"")  # only whether something is found counts here, not whose it is


def _told_apart(wanted: dict[Handle, str]) -> dict[Handle, ShownName]:
    """Give those who share a name, or a slug, an ending made of their handle."""
    shared = Counter(slug(name) for name in wanted.values())
    alone = {handle: ShownName(name, slug(name)) for handle, name in wanted.items() if shared[slug(name)] == 1}
    shown = {handle: name for handle, name in alone.items() if name.slug}
    taken = {form for name in shown.values() for form in (name.name.casefold(), name.slug)}
    for handle, name in sorted(wanted.items()):
        if handle not in shown:
            shown[handle] = _with_ending(name, handle, taken)
            taken |= {shown[handle].name.casefold(), shown[handle].slug}
    return shown


def _with_ending(name: str, handle: Handle, taken: set[str]) -> ShownName:
    digits = handle.removeprefix("@")
    endings = chain((digits[:length] for length in range(4, len(digits) + 1)), (f"{digits} {n}" for n in count(2)))
    base = slug(name, length=40) or "person"
    candidates = (ShownName(f"{name} ({ending})", f"{base}-{slug(ending)}") for ending in endings)
    return next(shown for shown in candidates if taken.isdisjoint((shown.name.casefold(), shown.slug)))
