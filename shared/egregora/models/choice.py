"""Which model writes: as the settings say, or by what credentials are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from egregora.errors import Reject
from egregora.models import Model
from egregora.settings import Credentials, ModelSettings

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BUILT_IN = ("auto", "offline", "gemini")


def choose_model(settings: ModelSettings, credentials: Credentials) -> Model:
    """Make the model that `settings` name; nothing is sent. Raises `Reject` where it cannot be had.

    auto: gemini where GEMINI_API_KEY is set, else offline. A project of Google Cloud, which the environment may name
    for other reasons, is used only where the settings say gemini: nobody's chat is sent by surprise. A key goes first.
    A name that is not built in is that of a model which an installed package offers.
    """
    if _is_offline(settings, credentials):
        from egregora.models.offline import OfflineModel

        return OfflineModel()
    if settings.provider not in BUILT_IN:
        from egregora.plugins import load

        made: Model = load(_entry(settings.provider))(settings, credentials)
        return made
    if credentials.gemini_key is None and not credentials.vertex_project:
        raise Reject("model.provider is gemini, but neither GEMINI_API_KEY nor GOOGLE_CLOUD_PROJECT is set")
    from egregora.models.gemini import GeminiModel

    return GeminiModel(settings, credentials)


def _entry(provider: str) -> EntryPoint:
    """Where an installed package has the model. Raises `Reject` where none has."""
    from egregora.plugins import offered

    others = offered("egregora.models")
    if provider not in others:
        raise Reject(f"model.provider: there is no {provider}: there are {', '.join((*BUILT_IN, *others))}")
    return others[provider]


def _is_offline(settings: ModelSettings, credentials: Credentials) -> bool:
    return settings.provider == "offline" or (settings.provider == "auto" and credentials.gemini_key is None)


def model_name(settings: ModelSettings, credentials: Credentials) -> str:
    """The name of the model that `choose_model` would make, without making it: it is part of every signature.

    A model that a package offers goes by the name that the settings give it. Raises `Reject` where no package does.
    """
    if _is_offline(settings, credentials):
        from egregora.models.offline import OfflineModel

        return OfflineModel.name
    if settings.provider not in BUILT_IN:
        _entry(settings.provider)
    return settings.name.removeprefix("models/")
