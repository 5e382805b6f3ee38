from __future__ import annotations

import pytest

from egregora.agents.prompts import PLACEHOLDERS, fill, load_prompts
from egregora.agents.recipe import make_recipe, recipe_digest
from egregora.errors import Reject
from egregora.settings import ModelSettings, RunSettings, Settings, WindowSettings, WritingSettings


def test_the_package_brings_its_prompts() -> None:
    prompts = load_prompts()
    assert "{max_posts}" in prompts.writer
    assert "{language}" in prompts.writer
    assert "BEGIN CHAT" in prompts.enricher


def test_filling_leaves_no_placeholder() -> None:
    text = fill(load_prompts().writer, WritingSettings(max_posts=3, language="pt-BR"))
    assert "at most 3" in text
    assert "`pt-BR`" in text
    assert not any(f"{{{name}}}" in text for name in PLACEHOLDERS)


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert fill("{language}", WritingSettings(language="{max_posts}")) == "`{max_posts}` (BCP 47)"


def test_other_braces_stay() -> None:
    prompts = load_prompts({"writer.md": 'Answer like {"posts": [{ "a": {} }]} in {language}.'})
    assert fill(prompts.writer, WritingSettings()).startswith('Answer like {"posts": [{ "a": {} }]} in the language of')


def test_an_override_replaces_one_prompt_and_leaves_the_other() -> None:
    prompts = load_prompts({"writer.md": "Write a haiku.\r\n"})
    assert prompts.writer == "Write a haiku.\n"
    assert prompts.enricher == load_prompts().enricher


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"writter.md": "x"}, "there is no such prompt"),
        ({"writer.md": "  \n"}, "is empty"),
        ({"writer.md": "At most {max_post}."}, "unknown placeholder {max_post}"),
    ],
)
def test_a_faulty_override_is_refused_in_one_line(overrides: dict[str, str], said: str) -> None:
    with pytest.raises(Reject, match=said) as refused:
        load_prompts(overrides)
    assert "\n" not in str(refused.value)


def test_the_same_settings_make_the_same_recipe() -> None:
    first, second = (make_recipe(load_prompts(), Settings()) for _ in range(2))
    assert first == second
    assert recipe_digest(first) == recipe_digest(second)
    assert len(recipe_digest(first)) == 64


@pytest.mark.parametrize(
    "settings",
    [
        Settings(writing=WritingSettings(max_posts=1)),
        Settings(writing=WritingSettings(language="de")),
        Settings(model=ModelSettings(temperature=0.9)),
    ],
)
def test_what_shapes_the_writing_changes_the_recipe(settings: Settings) -> None:
    prompts = load_prompts()
    assert recipe_digest(make_recipe(prompts, settings)) != recipe_digest(make_recipe(prompts, Settings()))


def test_a_changed_prompt_changes_the_recipe() -> None:
    changed = make_recipe(load_prompts({"writer.md": "Write a haiku."}), Settings())
    assert recipe_digest(changed) != recipe_digest(make_recipe(load_prompts(), Settings()))


def test_what_shapes_no_word_leaves_the_recipe_as_it_is() -> None:
    other = Settings(
        model=ModelSettings(timeout=1, retries=9, price_input=7, name="another", count_above=5),
        windows=WindowSettings(tokens=512),
        run=RunSettings(workers=1),
    )
    prompts = load_prompts()
    assert recipe_digest(make_recipe(prompts, other)) == recipe_digest(make_recipe(prompts, Settings()))
