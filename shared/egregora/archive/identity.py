"""Identity: an id for every message whose platform gives none.

It is made from minute, author and normalised text and a running number among equals. Merging keeps the ids of the
archive, so an id that was given once stays, however the message's wording or its neighbours change later.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from msgspec.structs import replace

from egregora.archive.likeness import bodies
from egregora.message import Message


def identify(messages: Iterable[Message], *, salt: str = "") -> list[Message]:
    """Give every message of one partition an id: 16 hex digits, of which the first is an ``f``.

    A message that has an id keeps it and is returned as it is. `salt` tells sources apart where that is wanted.
    Ids are unique within the result, if those that were there are.
    """
    found = list(messages)
    taken = {message.id for message in found if message.id}
    numbers: dict[str, int] = {}
    heads = [f"{salt}\0{m.time[:16] if m.time else ''}\0{m.author or ''}\0" for m in found]
    texts = bodies(found)
    firsts = _derive([f"{head}0\0{text}" for head, text in zip(heads, texts, strict=True)])
    for place, (message, first) in enumerate(zip(found, firsts, strict=True)):
        if message.id:
            continue
        identifier = first
        if first in taken:
            number = numbers.get(first, 1)
            while (identifier := _derive([f"{heads[place]}{number}\0{texts[place]}"])[0]) in taken:
                number += 1
            numbers[first] = number + 1
        taken.add(identifier)
        found[place] = replace(message, id=identifier)
    return found


def _derive(keys: Iterable[str]) -> list[str]:
    encoded = [key.encode(errors="surrogatepass") for key in keys]
    return ["f" + sha256(key).hexdigest()[:15] for key in encoded]
