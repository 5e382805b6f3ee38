"""iMessage: the texts and the pages that imessage-exporter writes."""

from egregora.ingest.imessage.reader import IMessage

__all__ = ["IMessage"]
