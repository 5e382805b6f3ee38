"""Identity: an id for every message whose platform gives none.

It is made from minute, author and normalised text and a running number among equals. Merging keeps the ids of the
archive, so an id that was given once stays, however the message's wording or its neighbours change later.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from msgspec.structs import replace

from egregora.archive.likeness import key
from egregora.message import Message


def identify(messages: Iterable[Message], *, salt: str = "") -> list[Message]:
    """Give every message of one partition an id: 16 hex digits, of which the first is an ``f``.

    A message that has an id keeps it and is returned as it is. `salt` tells sources apart where that is wanted.
    Ids are unique within the result, if those that were there are.
    """
    found = list(messages)
    taken = {message.id for message in found if message.id}
    numbers: dict[str, int] = {}
    for place, message in enumerate(found):
        if message.id:
            continue
        minute, author, body = key(message)
        head = f"{salt}\0{minute}\0{author or ''}\0"
        first = identifier = _derive(f"{head}0\0{body}")
        if first in taken:
            number = numbers.get(first, 1)
            while (identifier := _derive(f"{head}{number}\0{body}")) in taken:
                number += 1
            numbers[first] = number + 1
        taken.add(identifier)
        found[place] = replace(message, id=identifier)
    return found


def _derive(what: str) -> str:
    return "f" + sha256(what.encode(errors="surrogatepass")).hexdigest()[:15]
