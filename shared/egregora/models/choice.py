"""Which model writes: as the settings say, or by what credentials are at hand."""

from __future__ import annotations

from egregora.errors import Reject
from egregora.models import Model
from egregora.settings import Credentials, ModelSettings


def choose_model(settings: ModelSettings, credentials: Credentials) -> Model:
    """Make the model that `settings` name; nothing is sent. Raises `Reject` where it cannot be had.

    auto: gemini where there is a key or a Google Cloud project, else offline. A key goes before a project.
    """
    has_gemini = credentials.gemini_key is not None or bool(credentials.vertex_project)
    if settings.provider == "offline" or (settings.provider == "auto" and not has_gemini):
        from egregora.models.offline import OfflineModel

        return OfflineModel()
    if not has_gemini:
        raise Reject("model.provider is gemini, but neither GEMINI_API_KEY nor GOOGLE_CLOUD_PROJECT is set")
    from egregora.models.gemini import GeminiModel

    return GeminiModel(settings, credentials)
