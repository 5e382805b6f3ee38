"""Messenger: the parts of Facebook's download, newest first, and the download of end-to-end encrypted chats."""

from egregora.ingest.messenger.reader import Messenger

__all__ = ["Messenger"]
