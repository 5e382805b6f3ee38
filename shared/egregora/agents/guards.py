"""The guards against overflow, in order: an estimate, the model's own count, and the model's refusal."""

from __future__ import annotations

from dataclasses import replace

from egregora.agents.recipe import schema_json
from egregora.errors import Split
from egregora.models import Answer, Model, Request


def request_bytes(request: Request) -> int:
    """Bytes of all the text in a request that a model reads."""
    texts = (request.instructions, request.content, schema_json(request.schema), *(request.repair or ()))
    return sum(len(text.encode()) for text in texts)


SURELY = 1.5
"""How far an estimate must be beyond the limit to decide alone. In between the model counts, so that where a window is
split does not hang on what had been learned of the source by then."""


class GuardedModel:
    """A model that raises `Split` before a request that is too large is sent to it, and notes the size of the rest."""

    def __init__(self, model: Model, *, bytes_per_token: float, count_above: int) -> None:
        self.name = model.name
        self.max_input_tokens = model.max_input_tokens
        self._model = model
        self._bytes_per_token = bytes_per_token
        self._count_above = count_above

    def count_tokens(self, request: Request) -> int:
        """Count by the model's own measure."""
        return self._model.count_tokens(request)

    def answer(self, request: Request) -> Answer:
        """Answer a request that fits; raises as `Model.answer` does."""
        size = request_bytes(request)
        tokens = int(size / self._bytes_per_token)
        if tokens > self.max_input_tokens * SURELY:
            raise Split(f"a request estimated at {tokens} tokens is above the limit of {self.max_input_tokens}")
        if tokens > self._count_above or tokens > self.max_input_tokens / SURELY:
            tokens = self._model.count_tokens(request)
            if tokens > self.max_input_tokens:
                raise Split(f"a request of {tokens} tokens is above the limit of {self.max_input_tokens}")
        answer = self._model.answer(request)
        return replace(answer, usage=replace(answer.usage, sent_bytes=size))
