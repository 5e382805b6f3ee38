"""Telegram Desktop's exports: ``result.json`` of one chat or of all, and pages from ``messages.html`` on."""

from egregora.ingest.telegram.reader import Telegram

__all__ = ["Telegram"]
