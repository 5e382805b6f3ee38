"""Google Chat, as Takeout hands it out."""

from egregora.ingest.google_chat.reader import GoogleChat

__all__ = ["GoogleChat"]
