"""A scripted Gemini: an HTTP server on the loopback that answers as the API does, for the real google-genai library.

    with GeminiServer() as server:
        server.script(unavailable(), answer({"posts": []}))
        ...
        server.calls["generateContent"]

Without a script, or at its end, it answers each request with a small form that fits the request's schema.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One HTTP answer: `delay` seconds late, or none at all but a closed connection where `dropped`."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    dropped: bool = False


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: Json


def answer(form: Json | str, *, finish: str = "STOP", usage: Json | None = None, thought: str = "") -> Reply:
    """An answer with `form` (JSON, or any text) as its text."""
    text = form if isinstance(form, str) else json.dumps(form)
    parts = ([{"text": thought, "thought": True}] if thought else []) + [{"text": text}]
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0}
    counts = usage or {"promptTokenCount": 1000, "candidatesTokenCount": 200, "totalTokenCount": 1200}
    return _json(200, {"candidates": [candidate], "usageMetadata": counts, "modelVersion": "gemini-2.5-flash"})


def finished(reason: str) -> Reply:
    """A candidate that ended for `reason` before any text."""
    return _json(200, {"candidates": [{"finishReason": reason, "index": 0}], "usageMetadata": {"promptTokenCount": 9}})


def cut_off() -> Reply:
    """An answer that reached the limit of output tokens."""
    return answer('{"posts": [{"title": "Half a', finish="MAX_TOKENS")


def prompt_blocked(reason: str) -> Reply:
    """No candidates, but feedback on the prompt."""
    return _json(200, {"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 9}})


def nothing() -> Reply:
    """Neither candidates nor feedback."""
    return _json(200, {"usageMetadata": {"promptTokenCount": 9}})


def error(status: int, code: str, message: str, *, details: list[Json] | None = None, **headers: str) -> Reply:
    """An error as Google's APIs word it; keywords are headers, with underscores for dashes."""
    body: Json = {"error": {"code": status, "message": message, "status": code}}
    if details:
        body["error"]["details"] = details
    return replace(_json(status, body), headers={name.replace("_", "-"): value for name, value in headers.items()})


def overflow(count: int = 1_200_000, limit: int = 1_048_576) -> Reply:
    """The refusal of a prompt that is too long."""
    said = f"The input token count ({count}) exceeds the maximum number of tokens allowed ({limit})."
    return error(400, "INVALID_ARGUMENT", said)


def vertex_overflow() -> Reply:
    """The same, as Vertex AI words it."""
    said = "Unable to submit request because the input token count is 1251952 but model only supports up to 1048576."
    return error(400, "INVALID_ARGUMENT", said)


def rate_limited(*, retry_after: str | None = None, retry_delay: str | None = None) -> Reply:
    """429; with a Retry-After header, a RetryInfo among the details, both or neither."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry_delay}
    headers = {"Retry_After": retry_after} if retry_after else {}
    said = "You exceeded your current quota."
    return error(429, "RESOURCE_EXHAUSTED", said, details=[info] if retry_delay else None, **headers)


def unavailable(status: int = 503) -> Reply:
    """An outage."""
    return error(status, "UNAVAILABLE", "The model is overloaded. Please try again later.")


def invalid_key() -> Reply:
    """The refusal of a key, which is a 400."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    return error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", details=[info])


def page(status: int = 200) -> Reply:
    """What a proxy may answer."""
    return Reply(status, b"<html>Service page</html>", {"Content-Type": "text/html"})


def dropped() -> Reply:
    """A connection closed without an answer."""
    return Reply(200, b"", dropped=True)


def slow(reply: Reply, seconds: float) -> Reply:
    """The same reply, late."""
    return replace(reply, delay=seconds)


def is_writer(request: Recorded) -> bool:
    """Whether a request asks for posts."""
    return "posts" in request.body["generationConfig"]["responseJsonSchema"]["properties"]


def said(request: Recorded) -> str:
    """All that a request shows the model."""
    return json.dumps(request.body, ensure_ascii=False)


def a_post(request: Recorded) -> Reply | None:
    """A post about the first message of the window, for a writer's request."""
    if not is_writer(request):
        return None
    shown = request.body["contents"][0]["parts"][0]["text"]
    (first, *_) = re.findall(r"^(m\d+) \d{4}-\d\d-\d\d \d\d:\d\d @", shown, re.MULTILINE)
    post = {
        "title": f"About {first}", "standfirst": "It began.", "body": "They *talked*.", "tags": ["talk"],
        "people": [], "messages": [first],
    }  # fmt: skip
    return answer({"posts": [post], "observations": []})


def paid_twice(server: GeminiServer) -> list[str]:
    """Bodies that came more than once."""
    return [body for body, count in Counter(said(request) for request in server.requests).items() if count > 1]


class GeminiServer:
    """The server, on a free port. `calls` counts by method (``generateContent``), `requests` keeps every request.

    A token is 4 bytes of the request's text; above `limit` tokens it refuses, whatever the script says. `respond`,
    where given, is asked before the script and may answer a request for content itself.
    """

    def __init__(self, *, limit: int = 1_048_576, respond: Callable[[Recorded], Reply | None] | None = None) -> None:
        self.calls: Counter[str] = Counter()
        self.requests: list[Recorded] = []
        self.limit = limit
        self._respond = respond
        self._script: deque[Reply] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, *replies: Reply) -> None:
        """Answer the following requests for content with `replies`, in order."""
        with self._lock:
            self._script.extend(replies)

    def __enter__(self) -> GeminiServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _reply(self, request: Recorded) -> Reply:
        method = request.path.rsplit(":", 1)[-1]
        tokens = len(json.dumps(request.body)) // 4
        with self._lock:
            self.calls[method] += 1
            self.requests.append(request)
            if method == "countTokens":
                return _json(200, {"totalTokens": tokens})
            if tokens > self.limit:
                return overflow(tokens, self.limit)
        if self._respond and (reply := self._respond(request)):
            return reply
        with self._lock:
            return self._script.popleft() if self._script else answer(_fitting(request.body))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = owner._reply(Recorded(self.path, headers, body))
                if reply.delay:
                    owner._closing.wait(reply.delay)
                if reply.dropped:
                    return
                try:
                    self.send_response(reply.status)
                    for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    self.wfile.write(reply.body)
                except ConnectionError:
                    self.close_connection = True  # the client gave up waiting, as it should

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        return Handler


def _json(status: int, body: Json) -> Reply:
    return Reply(status, json.dumps(body).encode())


def _fitting(body: Json) -> Json:
    properties = body["generationConfig"]["responseJsonSchema"]["properties"]
    if "posts" in properties:
        return {"posts": [], "observations": []}
    return {"language": "en", "summary": "They talked."}
