"""Which model writes: as the settings say, or by what credentials are at hand."""

from __future__ import annotations

from egregora.errors import Reject
from egregora.models import Model
from egregora.settings import PROVIDERS, Credentials, ModelSettings


def choose_model(settings: ModelSettings, credentials: Credentials) -> Model:
    """Make the model that `settings` name; nothing is sent. Raises `Reject` where it cannot be had.

    auto: gemini where GEMINI_API_KEY is set, else offline. A project of Google Cloud, which the environment may name
    for other reasons, is used only where the settings say gemini: nobody's chat is sent by surprise. A key goes first.
    A name that is not built in is that of a model which an installed package offers.
    """
    if _is_offline(settings, credentials):
        from egregora.models.offline import OfflineModel

        return OfflineModel()
    if settings.provider not in PROVIDERS:
        from egregora.plugins import load, offered

        made: Model = load(offered("egregora.models")[settings.provider])(settings, credentials)
        return made
    if credentials.gemini_key is None and not credentials.vertex_project:
        raise Reject("model.provider is gemini, but neither GEMINI_API_KEY nor GOOGLE_CLOUD_PROJECT is set")
    from egregora.models.gemini import GeminiModel

    return GeminiModel(settings, credentials)


def _is_offline(settings: ModelSettings, credentials: Credentials) -> bool:
    return settings.provider == "offline" or (settings.provider == "auto" and credentials.gemini_key is None)


def model_name(settings: ModelSettings, credentials: Credentials) -> str:
    """The name of the model that `choose_model` would make, without making it: it is part of every signature.

    A model that a package offers goes by the name that the settings give it.
    """
    if _is_offline(settings, credentials):
        from egregora.models.offline import OfflineModel

        return OfflineModel.name
    return settings.name.removeprefix("models/")
