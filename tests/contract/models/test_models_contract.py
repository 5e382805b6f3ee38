"""What every model must do: the scripted one, the offline one, and Gemini by key and through Vertex AI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace

import pytest
from google.oauth2.credentials import Credentials as GoogleCredentials

from egregora.agents.recipe import schema_json
from egregora.errors import Split
from egregora.forms import Enrichment, Writing
from egregora.message import Message
from egregora.models import Material, Model, Request
from egregora.models.gemini import GeminiModel
from egregora.models.offline import OfflineModel
from egregora.settings import Credentials, ModelSettings
from egregora.testing import ManualClock, ScriptedModel
from gemini_server import GeminiServer

ANA, BEN = "@00000000aa", "@00000000bb"
LIMIT = 20_000
MESSAGES = tuple(
    Message(id=f"id{n}", time=f"2024-03-17T21:{n:02}:00", author=(ANA, BEN)[n % 2], text=text)
    for n, text in enumerate(
        [
            "Shall we take the night train to Lisbon?",
            "Yes, the night train! I'll book two beds tomorrow.",
            "https://trains.example/night has them for 60 euros.",
            "Then it is decided: the night train to Lisbon on Friday.",
        ]
    )
)


@contextmanager
def _gemini(credentials: Callable[[str], Credentials]) -> Iterator[Model]:
    with GeminiServer(limit=LIMIT) as server:
        model = GeminiModel(
            ModelSettings(max_input_tokens=LIMIT),
            credentials(server.url),
            clock=ManualClock(),
            google_credentials=GoogleCredentials(token="token"),  # type: ignore[no-untyped-call]
        )
        yield model
        model.close()


MODELS: dict[str, Callable[[], AbstractContextManager[Model]]] = {
    "scripted": lambda: nullcontext(ScriptedModel(max_input_tokens=LIMIT)),
    "offline": lambda: nullcontext(OfflineModel()),
    "gemini": lambda: _gemini(lambda url: Credentials.model_validate({"gemini_key": "k", "gemini_base_url": url})),
    "vertex": lambda: _gemini(lambda url: Credentials(vertex_project="project", gemini_base_url=url)),
}


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> Iterator[Model]:
    with MODELS[request.param]() as made:
        yield made


def _text(messages: tuple[Message, ...]) -> str:
    return "\n".join(f"m{n} {m.author}: {m.text}" for n, m in enumerate(messages, 1))


ENRICHER = Request("enricher", "Record what is in it.", _text(MESSAGES), Enrichment, Material(MESSAGES))
WRITER = Request(
    "writer",
    "Write about it.",
    _text(MESSAGES),
    Writing,
    Material(MESSAGES, enrichment=Enrichment(language="en", summary="A night train to Lisbon was chosen.")),
)
REQUESTS = pytest.mark.parametrize("request_", [ENRICHER, WRITER], ids=["enricher", "writer"])


def test_it_has_a_name_of_one_word_and_a_limit(model: Model) -> None:
    assert model.name
    assert model.name == "".join(model.name.split())
    assert model.max_input_tokens > 0


@REQUESTS
def test_an_answer_fits_its_form(model: Model, request_: Request) -> None:
    request_.schema.model_validate_json(model.answer(request_).text)


@REQUESTS
def test_an_answer_counts_as_one_call_that_was_not_reused(model: Model, request_: Request) -> None:
    usage = model.answer(request_).usage
    assert (usage.calls, usage.reused) == (1, 0)
    assert min(usage.input_tokens, usage.output_tokens, usage.cost) >= 0


def test_a_repair_is_answered_too(model: Model) -> None:
    repair = replace(ENRICHER, repair=('{"language": 7}', "Try 2. language: Input should be a valid string"))
    Enrichment.model_validate_json(model.answer(repair).text)


def test_a_longer_request_counts_more_tokens(model: Model) -> None:
    short = model.count_tokens(ENRICHER)
    assert 0 < short < model.count_tokens(replace(ENRICHER, content=ENRICHER.content * 20))


def test_counting_takes_repair_and_instructions_in(model: Model) -> None:
    short = model.count_tokens(ENRICHER)
    assert model.count_tokens(replace(ENRICHER, instructions="Record. " * 200)) > short
    assert model.count_tokens(replace(ENRICHER, repair=("last " * 200, "wrong"))) > short


def test_a_request_above_the_limit_is_to_be_split(model: Model) -> None:
    size = 8 * model.max_input_tokens
    if size > 1 << 24:
        pytest.skip("takes any request that fits into memory")
    with pytest.raises(Split):
        model.answer(replace(ENRICHER, content="chat " * (size // 5)))


def test_no_request_is_changed_by_being_answered(model: Model) -> None:
    before = schema_json(WRITER.schema), repr(WRITER)
    model.answer(WRITER)
    assert (schema_json(WRITER.schema), repr(WRITER)) == before
