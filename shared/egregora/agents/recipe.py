"""The recipe: a content-addressed snapshot of all that shapes the writing, the model's name apart."""

from __future__ import annotations

import json
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from egregora.agents.prompts import Prompts
from egregora.forms import Enrichment, Writing
from egregora.ids import RecipeDigest, sha256
from egregora.settings import Settings, WritingSettings

LOGIC_VERSION = 1
"""Raised with every change to rendering, checks or forms that should have windows written anew."""


class Recipe(BaseModel):
    """All that shapes the writing. Prompts still hold their placeholders; schemas are canonical JSON text."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    enricher_prompt: str
    writer_prompt: str
    enrichment_schema: str
    writing_schema: str
    writing: WritingSettings
    temperature: float
    logic_version: int = LOGIC_VERSION


def make_recipe(prompts: Prompts, settings: Settings) -> Recipe:
    """Take the snapshot: of `settings`, only what an answer depends on enters it."""
    return Recipe(
        enricher_prompt=prompts.enricher,
        writer_prompt=prompts.writer,
        enrichment_schema=schema_json(Enrichment),
        writing_schema=schema_json(Writing),
        writing=settings.writing,
        temperature=settings.model.temperature,
    )


def recipe_digest(recipe: Recipe) -> RecipeDigest:
    """Name a recipe by its content."""
    return RecipeDigest(sha256(_canonical(recipe.model_dump(mode="json"))))


@lru_cache(maxsize=16)
def schema_json(form: type[BaseModel]) -> str:
    """The JSON schema of a form as canonical JSON text; made once for each form."""
    return _canonical(form.model_json_schema())


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
