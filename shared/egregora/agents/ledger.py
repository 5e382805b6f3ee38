"""The ledger of responses: every request is looked up by its own digest before it is sent, and its answer is kept.

    responses/<digest>.json    text, what spoilt it (if anything), what it cost, who asked, and about which slice

So a run that is repeated after a crash pays for nothing twice, and a changed writer's prompt reuses every enrichment.
Who paid is remembered: to a window that is worked on again, its own kept answers count as what they cost, so that it
ends with the same account as one that was never disturbed; to any other window they are reused and free.
A spoilt answer is kept as well: it was paid for, and asking again would pay again. It cannot doom a window, since what
follows a spoilt answer is another request, a repair that says which try it is (:mod:`egregora.agents.desk`).
"""

from __future__ import annotations

from typing import NewType

import msgspec

from egregora.agents.recipe import schema_json
from egregora.blobs import BlobStore
from egregora.errors import BadAnswer, Conflict, NotFound
from egregora.ids import Signature, SliceDigest, sha256
from egregora.journal import Usage
from egregora.models import Answer, Model, Request
from egregora.models.spoilt import SpoiltAnswer

RequestDigest = NewType("RequestDigest", str)
"""sha256 (hex) over a model's name and everything in a request that a model reads."""


class _Response(msgspec.Struct, frozen=True, omit_defaults=True):
    text: str
    usage: Usage
    spoilt: str | None = None
    asker: Signature | None = None
    slice: SliceDigest | None = None
    version: int = 1


_decoder = msgspec.json.Decoder(_Response)


def request_digest(model_name: str, request: Request) -> RequestDigest:
    """Name a request by the model's name and all the text that the model is given."""
    repair = ("1", *request.repair) if request.repair else ("0",)
    return RequestDigest(
        sha256(
            model_name,
            request.agent,
            request.instructions,
            request.content,
            schema_json(request.schema),
            repr(request.temperature),
            *repair,
        )
    )


class Ledger:
    """Answers by request. Safe to use from several threads and processes at once."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def ask(
        self, model: Model, request: Request, *, asker: Signature | None = None, about: SliceDigest | None = None
    ) -> tuple[Answer, bool]:
        """Answer `request` from the ledger, or else by `model`; says whether the answer was there already.

        A reused answer's usage is what was paid for it if `asker` paid, and else ``Usage(reused=1)``. An answer that
        was cut off or is no JSON is returned as it came (empty, if nothing did) instead of raising `BadAnswer`; other
        errors of `model` pass through, and store nothing.
        """
        key = f"responses/{request_digest(model.name, request)}.json"
        kept = self._read(key)
        if kept is not None:
            own = asker is not None and asker == kept.asker
            return Answer(kept.text, kept.usage if own else Usage(reused=1)), True
        response = msgspec.structs.replace(_send(model, request), asker=asker, slice=about)
        try:
            self._blobs.write(key, msgspec.json.encode(response), if_generation=0)
        except Conflict:
            theirs = self._read(key)
            if theirs is not None:
                return Answer(theirs.text, response.usage), False
        return Answer(response.text, response.usage), False

    def slice_of(self, key: str) -> SliceDigest | None:
        """The slice that the answer at `key` is about; None where that is not known, or there is no answer."""
        kept = self._read(key)
        return kept.slice if kept else None

    def _read(self, key: str) -> _Response | None:
        try:
            return _decoder.decode(self._blobs.read(key).data)
        except (NotFound, msgspec.DecodeError):  # a record that cannot be read is worth no more than none
            return None


def _send(model: Model, request: Request) -> _Response:
    try:
        answer = model.answer(request)
    except SpoiltAnswer as error:
        return _Response(error.answer.text, error.answer.usage, str(error))
    except BadAnswer as error:
        return _Response("", Usage(calls=1), str(error))
    return _Response(answer.text, answer.usage)
