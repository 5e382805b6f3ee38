"""The model that needs no key and no network.

It extracts: every sentence in quotation marks is someone's own, every list is of things that were said, and what
stands between them is a fixed phrase of the conversation's language. Each post says so at its foot. The same window
gives the same answer, byte for byte, on every machine.
"""

from __future__ import annotations

from egregora.errors import Split
from egregora.ids import sha256
from egregora.journal import Usage
from egregora.models import Answer, Material, Request
from egregora.models.offline.enricher import enrich
from egregora.models.offline.lexicon import phrases
from egregora.models.offline.markdown import escaped, plain
from egregora.models.offline.prose import Prose
from egregora.models.offline.reading import Reading, read
from egregora.models.offline.writer import write

BYTES_PER_TOKEN = 4


class OfflineModel:
    """Answers from the request's material alone. `max_input_tokens` is how large a request it takes."""

    name = "offline-1"

    def __init__(self, *, max_input_tokens: int = 1_000_000) -> None:
        self.max_input_tokens = max_input_tokens

    def count_tokens(self, request: Request) -> int:
        """Bytes of the request's text over four."""
        texts = (request.instructions, request.content, *(request.repair or ()))
        return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) // BYTES_PER_TOKEN

    def answer(self, request: Request) -> Answer:
        """Answer with JSON that fits the agent's form. Raises `Split` above `max_input_tokens`."""
        tokens = self.count_tokens(request)
        if tokens > self.max_input_tokens:
            raise Split
        material = request.material
        reading = read(material.messages)
        text = _enrichment(reading, material) if request.agent == "enricher" else _writing(reading, material)
        used = Usage(input_tokens=tokens, output_tokens=len(text.encode()) // BYTES_PER_TOKEN, calls=1)
        return Answer(text, used)


def _language(reading: Reading, material: Material) -> str:
    return reading.languages[0] if material.language == "auto" else material.language


def _seed(material: Material) -> int:
    """A number from what was said, so that neighbouring posts are phrased differently."""
    return int(sha256("\n".join(message.text for message in material.messages))[:8], 16)


def _enrichment(reading: Reading, material: Material) -> str:
    prose = Prose(phrases(_language(reading, material)), _seed(material), plain)
    return enrich(reading, prose).model_dump_json()


def _writing(reading: Reading, material: Material) -> str:
    forms, seed = phrases(_language(reading, material)), _seed(material)
    enrichment = material.enrichment or enrich(reading, Prose(forms, seed, plain))
    return write(reading, enrichment, Prose(forms, seed, escaped), max_posts=material.max_posts).model_dump_json()
