"""A model that answers from a script."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence

from pydantic import BaseModel

from egregora.errors import Split
from egregora.forms import DraftPost, Enrichment, Writing
from egregora.journal import Usage
from egregora.models import Agent, Answer, Request

Reply = str | BaseModel | Exception
"""The text of an answer, a form to be written as JSON, or what to raise."""

Script = Sequence[Reply] | Callable[[Request], Reply]
"""Replies in order, of which the last one stays, or a function of the request."""

_DOLLARS_PER_TOKEN = 1e-6


class ScriptedModel:
    """Answers each agent by its script; without one, with a short form that fits and cites the first message.

    A token is `bytes_per_token` bytes of the request's text, and a request above `max_input_tokens` overflows. `calls`
    counts the requests of each agent, overflows and failures included; `requests` keeps them. Safe between threads.
    """

    def __init__(
        self,
        *,
        enricher: Script | None = None,
        writer: Script | None = None,
        name: str = "scripted-1",
        max_input_tokens: int = 1_000_000,
        bytes_per_token: int = 4,
    ) -> None:
        self.name = name
        self.max_input_tokens = max_input_tokens
        self.calls: Counter[Agent] = Counter()
        self.requests: list[Request] = []
        self._bytes_per_token = bytes_per_token
        self._lock = threading.Lock()
        self._replies: dict[Agent, Callable[[Request], Reply]] = {
            "enricher": _function(enricher if enricher is not None else _plain_enrichment),
            "writer": _function(writer if writer is not None else _plain_writing),
        }

    def count_tokens(self, request: Request) -> int:
        """Count a request's input tokens: its bytes over `bytes_per_token`, rounded up."""
        parts = (request.instructions, request.content, *(request.repair or ()))
        return self._tokens(sum(len(part.encode()) for part in parts))

    def answer(self, request: Request) -> Answer:
        """Answer a request, or raise what the script says. Raises `Split` above `max_input_tokens`."""
        tokens = self.count_tokens(request)
        with self._lock:
            self.calls[request.agent] += 1
            self.requests.append(request)
        if tokens > self.max_input_tokens:
            raise Split("the request is above the scripted limit")
        reply = self._replies[request.agent](request)
        if isinstance(reply, Exception):
            raise reply
        text = reply.model_dump_json() if isinstance(reply, BaseModel) else reply
        output = self._tokens(len(text.encode()))
        return Answer(text, Usage(tokens, output, (tokens + output) * _DOLLARS_PER_TOKEN, calls=1))

    def _tokens(self, size: int) -> int:
        return -(-size // self._bytes_per_token)


def _function(script: Script) -> Callable[[Request], Reply]:
    if callable(script):
        return script
    replies, lock = deque(script), threading.Lock()

    def following(_: Request) -> Reply:
        with lock:
            return replies.popleft() if len(replies) > 1 else replies[0]

    return following


def _plain_enrichment(request: Request) -> Enrichment:
    return Enrichment(language="en", summary=f"{len(request.material.messages)} messages.")


def _plain_writing(request: Request) -> Writing:
    if not request.material.messages or not request.material.max_posts:
        return Writing()
    body = f"A post about {len(request.material.messages)} messages."
    return Writing(posts=[DraftPost(title="A post", standfirst="In short.", body=body, messages=["m1"])])
