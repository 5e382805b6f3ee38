"""The desk: what both agents work with, and how an answer is asked for, judged and repaired.

    request ──► answer ──► fits, at most a third unknown ───────────────► done, the rest dropped and counted
                  ▲   └──► misfit, or too much unknown ──► repair ──► fits ──► done, the rest dropped and counted
                  │                                          └──► misfit ──► the first answer if it fitted
                  └── walked again through the ledger ◄──────────────────────  else BadAnswer: an attempt

A repair names its number, so each is a request of its own. The next attempt walks the same tries: those already kept
cost nothing, and at the end of them it sends one repair more. So a spoilt answer is never paid for twice, no spoilt
answer stands in the way for ever, and an attempt sends at most two requests for each agent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from egregora.agents.closed_sets import Checked
from egregora.agents.guards import GuardedModel
from egregora.agents.ledger import Ledger
from egregora.agents.reading import Reading
from egregora.agents.recipe import Recipe
from egregora.errors import Block, Split
from egregora.journal import Usage
from egregora.models import Answer, Model, Request
from egregora.models.spoilt import SpoiltAnswer

Form = TypeVar("Form", bound=BaseModel)

_LISTED = 12
"""Faults that a repair names."""

_SHOWN_AGAIN = 60_000
"""Characters above which the last answer is not shown again: it ran away, and would only make the repair large."""


@dataclass(frozen=True, slots=True)
class Handed(Generic[Form]):
    """An answer that fits its form and cites only what there is.

    `dropped` counts what was taken out of it.
    """

    form: Form
    usage: Usage
    dropped: int


class Desk:
    """A model, the ledger, the recipe and the secret key. Shared by any number of agents and threads."""

    def __init__(self, model: Model, ledger: Ledger, recipe: Recipe, key: bytes, *, count_above: int = 30_000) -> None:
        self.recipe = recipe
        self.key = key
        self._model = model
        self._ledger = ledger
        self._count_above = count_above

    def ask(
        self, request: Request, check: Callable[[Form], Checked[Form]], form: type[Form], reading: Reading
    ) -> Handed[Form]:
        """Ask until an answer fits `form`, with at most one repair that was not asked before.

        Raises `SpoiltAnswer`, with the usage of all tries, where none fits; `Split` where the request is too large; and
        what `Model.answer` raises.
        """
        model = GuardedModel(self._model, bytes_per_token=reading.bytes_per_token, count_above=self._count_above)
        usage = Usage()
        best: Checked[Form] | None = None
        repaired = False
        for number in count(1):
            try:
                answer, reused = self._ledger.ask(model, request, asker=reading.asker, about=reading.slice)
            except (Split, Block):
                if best is None:
                    raise
                break  # only the repair is too much for the model: what it answered before it stands
            usage += answer.usage
            repaired = repaired or (number > 1 and not reused)
            checked, faults = _judge(answer.text, form, check)
            if checked is not None and (best is None or checked.share < best.share):
                best = checked
            if best is not None and (number > 1 or not best.poor):
                break
            if repaired:
                raise SpoiltAnswer(f"the {request.agent}'s answer fits no form, repaired or not", Answer("", usage))
            last = answer.text if len(answer.text) <= _SHOWN_AGAIN else ""
            request = dataclasses.replace(request, repair=(last, _complaint(number + 1, faults)))
        assert best is not None  # noqa: S101 - the loop is left only with an answer in hand
        return Handed(best.form, usage, best.unknown)


def _judge(
    text: str, form: type[Form], check: Callable[[Form], Checked[Form]]
) -> tuple[Checked[Form] | None, tuple[str, ...]]:
    if not text.strip():
        return None, ("there was no complete answer; answer in full, and more briefly",)
    try:
        checked = check(form.model_validate_json(text))
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        return None, tuple(f"{'.'.join(str(part) for part in f['loc']) or 'answer'}: {f['msg']}" for f in faults)
    return checked, checked.problems


def _complaint(number: int, faults: tuple[str, ...]) -> str:
    listed = "\n".join(f"- {fault}" for fault in faults[:_LISTED])
    more = f"\n- and {len(faults) - _LISTED} more of the kind" if len(faults) > _LISTED else ""
    return f"Try {number}. This was wrong with the last answer:\n{listed}{more}\nAnswer again, whole, with this mended."
