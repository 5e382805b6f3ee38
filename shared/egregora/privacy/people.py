"""What is known of the people of a source: their names, pseudonyms, aliases and whether they opted out.

Kept at ``people/<source>.json``, apart from everything that a model sees.

A contact that was renamed has two handles. Where exports show them to be one person (`join`), the later one is joined
to the earlier: the archive goes on under the earlier, what stands under the later already is shown as the earlier's,
and what either asked for holds for both. Two who are authors of one upload are never one person, for a phone calls
everybody by one name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from egregora.blobs import BlobStore
from egregora.errors import Conflict, NotFound, Retry
from egregora.ids import Handle, SourceId
from egregora.privacy.directives import Directive
from egregora.privacy.pseudonyms import pseudonym

_TRIES = 50


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Person(_Record):
    """One person of a source. `names` are the display names as exported, in order.

    `alias_at` and `opted_at` are the times of the messages that decided, None where nothing or an undated message
    did; a turn counts the person's requests of that kind within the same time, for exports often give minutes only.
    """

    handle: Handle
    names: tuple[str, ...] = ()
    pseudonym: str
    alias: str | None = None
    alias_at: str | None = None
    alias_turn: int = 0
    opted_out: bool = False
    opted_at: str | None = None
    opted_turn: int = 0
    joined: Handle | None = None
    """Whose later name this is; never one that is joined itself."""


class People(_Record):
    """Everybody of one source, and the chat's name as exported.

    `followed` are those whose opting out every partition of the archive has followed: what `opted_out` holds beyond
    them, or lacks, is still to be done. `casts` are the authors of each upload, without those that another holds.
    """

    version: int = 1
    source: SourceId
    title: str | None = None
    persons: dict[Handle, Person] = {}
    followed: frozenset[Handle] = frozenset()
    casts: tuple[tuple[Handle, ...], ...] = ()

    @property
    def opted_out(self) -> frozenset[Handle]:
        """Those whose messages leave the archive, under each of their handles."""
        asked: dict[Handle, Person] = {}
        for person in self.persons.values():
            latest = asked.setdefault(person.joined or person.handle, person)
            if _asked(person) > _asked(latest):
                asked[person.joined or person.handle] = person
        return frozenset(h for h, person in self.persons.items() if asked[person.joined or h].opted_out)

    @property
    def same(self) -> dict[str, Handle]:
        """Handles that are somebody's later name -> the handle that stands for that person."""
        return {handle: person.joined for handle, person in self.persons.items() if person.joined}


def learn(
    people: People,
    authors_with_handles: Iterable[tuple[str, Handle]],
    directives: Iterable[Directive],
    *,
    title: str | None = None,
    cast: Iterable[Handle] = (),
) -> People:
    """Add the people and requests of an upload; `title`, where given, replaces the chat's name. `cast` wrote in it.

    Learning the same twice changes nothing, and the order of uploads does not count: of a person's requests the one
    with the latest message time holds. A pseudonym stays as it was first given.
    """
    names: dict[Handle, set[str]] = {}
    for name, handle in authors_with_handles:
        names.setdefault(handle, set()).add(name)
    turned = list(_with_turns(directives))
    persons = dict(people.persons)
    taken = {person.pseudonym for person in persons.values()}
    for handle in sorted(names.keys() | {directive.handle for directive, _ in turned}):
        person = persons.get(handle) or Person(handle=handle, pseudonym=pseudonym(handle, taken))
        taken.add(person.pseudonym)
        merged = tuple(sorted(names.get(handle, set()).union(person.names)))
        persons[handle] = person if merged == person.names else person.model_copy(update={"names": merged})
    for directive, turn in turned:
        persons[directive.handle] = _follow(persons[directive.handle], directive, turn)
    ordered = {handle: persons[handle] for handle in sorted(persons)}
    casts = _with_cast(people.casts, frozenset(cast))
    return people.model_copy(update={"persons": ordered, "title": title or people.title, "casts": casts})


def join(people: People, names: Mapping[str, Sequence[str]]) -> People:
    """Make one of those that an upload shows to be one: by the handle in it, the handles of the archive so far.

    The first of these stands for the person. Nobody is joined to somebody that a phone knows beside them.
    """
    for later, earlier in names.items():
        first, *others = (Handle(name) for name in (*earlier, later))
        for other in others:
            people = _joined(people, first, other)
    return people


def _joined(people: People, first: Handle, second: Handle) -> People:
    same = people.same
    first, second = same.get(first, first), same.get(second, second)
    one, two = ({handle, *(Handle(h) for h, whose in same.items() if whose == handle)} for handle in (first, second))
    known = one | two <= people.persons.keys()
    if first == second or not known or any(one & {*cast} and two & {*cast} for cast in people.casts):
        return people
    changed = {handle: people.persons[handle].model_copy(update={"joined": first}) for handle in two}
    return people.model_copy(update={"persons": people.persons | changed})


def _with_cast(casts: tuple[tuple[Handle, ...], ...], cast: frozenset[Handle]) -> tuple[tuple[Handle, ...], ...]:
    if len(cast) < 2 or any(cast <= {*other} for other in casts):
        return casts
    return tuple(sorted([*(other for other in casts if not cast.issuperset(other)), tuple(sorted(cast))]))


def _asked(person: Person) -> tuple[str, int, bool]:
    return person.opted_at or "", person.opted_turn, person.opted_out


def _with_turns(directives: Iterable[Directive]) -> Iterator[tuple[Directive, int]]:
    """Number the requests of a person, kind and time from 1."""
    counts: dict[tuple[Handle, bool, str | None], int] = {}
    for directive in directives:
        place = (directive.handle, directive.action == "alias", directive.time)
        counts[place] = counts.get(place, 0) + 1
        yield directive, counts[place]


def _follow(person: Person, directive: Directive, turn: int) -> Person:
    """Apply a request unless a later one was applied; where two claim one place, the choice is arbitrary but fixed."""
    asked = directive.time or ""
    if directive.action == "alias":
        if (asked, turn, directive.value or "") <= (person.alias_at or "", person.alias_turn, person.alias or ""):
            return person
        return person.model_copy(
            update={"alias": directive.value, "alias_at": directive.time, "alias_turn": turn},
        )
    out = directive.action == "opt-out"
    if (asked, turn, out) <= _asked(person):
        return person
    return person.model_copy(update={"opted_out": out, "opted_at": directive.time, "opted_turn": turn})


class PeopleStore:
    """People by source, at ``people/<source>.json``."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def get(self, source: SourceId) -> People:
        """What is known of a source's people; nobody where it is new."""
        return self._read(source)[0]

    def all(self) -> list[People]:
        """The people of every source, in the order of sources."""
        keys = sorted(info.key for info in self._blobs.list("people/"))
        return [self.get(SourceId(key.removeprefix("people/").removesuffix(".json"))) for key in keys]

    def update(self, source: SourceId, fn: Callable[[People], People]) -> People:
        """Replace a source's people by what `fn` makes of them, and return that; nothing is written without a change.

        `fn` may be called again where another writer was first. Raises `Retry` where that never ends.
        """
        for _ in range(_TRIES):
            people, generation = self._read(source)
            changed = fn(people)
            if changed == people:
                return people
            try:
                self._blobs.write(_key(source), changed.model_dump_json().encode(), if_generation=generation)
            except Conflict:
                continue
            return changed
        raise Retry("too many writers change the people of one source at once")

    def _read(self, source: SourceId) -> tuple[People, int]:
        try:
            blob = self._blobs.read(_key(source))
        except NotFound:
            return People(source=source), 0
        return People.model_validate_json(blob.data), blob.generation


def _key(source: SourceId) -> str:
    return f"people/{source}.json"
