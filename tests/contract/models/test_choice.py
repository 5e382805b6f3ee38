from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import SecretStr

from egregora.errors import Reject
from egregora.models.choice import choose_model
from egregora.models.gemini import GeminiModel
from egregora.models.offline import OfflineModel
from egregora.settings import Credentials, ModelSettings

NONE = Credentials()
WITH_KEY = Credentials(gemini_key=SecretStr("key"))
WITH_PROJECT = Credentials(vertex_project="project")


@pytest.mark.parametrize(
    ("provider", "credentials", "chosen"),
    [
        ("auto", NONE, OfflineModel),
        ("auto", WITH_KEY, GeminiModel),
        ("auto", WITH_PROJECT, OfflineModel),
        ("gemini", WITH_PROJECT, GeminiModel),
        ("offline", WITH_KEY, OfflineModel),
        ("gemini", WITH_KEY, GeminiModel),
    ],
)
def test_the_model_is_chosen_by_settings_and_credentials(
    provider: str, credentials: Credentials, chosen: type[object]
) -> None:
    model = choose_model(ModelSettings.model_validate({"provider": provider}), credentials)
    assert isinstance(model, chosen)


def test_gemini_without_credentials_is_rejected() -> None:
    with pytest.raises(Reject, match="GEMINI_API_KEY"):
        choose_model(ModelSettings(provider="gemini"), NONE)


@pytest.mark.slow
def test_the_offline_model_loads_nothing_of_google() -> None:
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"  # functions-framework puts a name of Google's there before anything runs
        "from egregora.models import choice, gemini\n"
        "from egregora.settings import Credentials, ModelSettings\n"
        "choice.choose_model(ModelSettings(), Credentials())\n"
        "sys.exit(any(name.startswith('google') for name in set(sys.modules) - before))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
