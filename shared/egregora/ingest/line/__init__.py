"""LINE: the text that the app and its desktop version export, in the languages they write it in."""

from egregora.ingest.line.reader import Line

__all__ = ["Line"]
