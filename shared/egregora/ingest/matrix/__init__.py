"""Matrix: the JSON and the plain text that Element exports of a room."""

from egregora.ingest.matrix.reader import Matrix

__all__ = ["Matrix"]
