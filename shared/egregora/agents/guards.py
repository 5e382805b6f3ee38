"""The guards against overflow, in order: an estimate, the model's own count, and the model's refusal."""

from __future__ import annotations

from egregora.agents.recipe import schema_json
from egregora.errors import Split
from egregora.models import Answer, Model, Request


def request_bytes(request: Request) -> int:
    """Bytes of all the text in a request that a model reads."""
    texts = (request.instructions, request.content, schema_json(request.schema), *(request.repair or ()))
    return sum(len(text.encode()) for text in texts)


class GuardedModel:
    """A model that raises `Split` before a request that is too large is sent to it.

    `sent_bytes` sums up the requests that were answered: over their input tokens, it says how many bytes a token has.
    """

    def __init__(self, model: Model, *, bytes_per_token: float, count_above: int) -> None:
        self.name = model.name
        self.max_input_tokens = model.max_input_tokens
        self.sent_bytes = 0
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
        if tokens > self.max_input_tokens:
            raise Split(f"a request estimated at {tokens} tokens is above the limit of {self.max_input_tokens}")
        if tokens > self._count_above:
            tokens = self._model.count_tokens(request)
            if tokens > self.max_input_tokens:
                raise Split(f"a request of {tokens} tokens is above the limit of {self.max_input_tokens}")
        answer = self._model.answer(request)
        self.sent_bytes += size
        return answer
