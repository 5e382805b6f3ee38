"""A small conversation that the agents' tests share."""

from __future__ import annotations

from egregora.agents.desk import Desk
from egregora.agents.ledger import Ledger
from egregora.agents.prompts import load_prompts
from egregora.agents.reading import Reading
from egregora.agents.recipe import make_recipe
from egregora.blobs import BlobStore
from egregora.message import Kind, Message
from egregora.models import Model
from egregora.settings import Settings
from egregora.testing import MemoryBlobs

ANA = "@00000000aa"
BEN = "@00000000bb"
CLARA = "@00000000cc"
STRANGER = "@deadbeef00"
KEY = b"a key nobody in the chat knows"


def message(n: int, author: str | None, text: str, kind: Kind = "text") -> Message:
    return Message(id=f"id{n}", time=f"2024-03-17T21:{n % 60:02}:30", author=author, kind=kind, text=text)


CHAT = (
    message(1, None, "Ana created this group", "system"),
    message(2, ANA, "Shall we take the NIGHT train\nto Lisbon? https://trains.example/night?id=7, cheap!"),
    message(3, BEN, "Yes! I'll book it tomorrow."),
    message(4, CLARA, "", "deleted"),
    message(5, CLARA, "Who brings the tent?"),
)


def reading(*messages: Message, context: tuple[Message, ...] = (), bytes_per_token: float = 4.0) -> Reading:
    return Reading(messages or CHAT, context, bytes_per_token=bytes_per_token)


def desk(model: Model, blobs: BlobStore | None = None, *, count_above: int = 30_000) -> Desk:
    recipe = make_recipe(load_prompts(), Settings())
    return Desk(model, Ledger(blobs if blobs is not None else MemoryBlobs()), recipe, KEY, count_above=count_above)
