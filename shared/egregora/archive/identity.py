"""Identity: an id for every message whose platform gives none.

It is made from minute, author and normalised text and a running number among equals. Merging keeps the ids of the
archive, so an id that was given once stays, however the message's wording or its neighbours change later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    new = [message for message in found if not message.id]
    texts = bodies(new)
    ids = _derive(salt, new, texts)
    numbers: dict[str, int] = {}
    for place, first in enumerate(ids):
        if first in taken:
            number = numbers.get(first, 1)
            while (identifier := _derive(salt, new[place : place + 1], texts[place : place + 1], number)[0]) in taken:
                number += 1
            numbers[first], ids[place] = number + 1, identifier
        taken.add(ids[place])
    named = iter(ids)
    return [message if message.id else replace(message, id=next(named)) for message in found]


def _derive(salt: str, messages: Sequence[Message], texts: Sequence[str], number: int = 0) -> list[str]:
    nth = str(number)
    keys = [
        f"{salt}\0{(m.time or '')[:16]}\0{m.author or ''}\0{nth}\0{text}"
        for m, text in zip(messages, texts, strict=True)
    ]
    try:
        encoded = list(map(str.encode, keys))
    except UnicodeEncodeError:
        encoded = [key.encode(errors="surrogatepass") for key in keys]
    return ["f" + digest.hexdigest()[:15] for digest in map(sha256, encoded)]
