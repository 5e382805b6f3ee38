"""Signal: the Markdown and the JSON of signal-export, and the JSON lines that signal-cli receives."""

from egregora.ingest.signal.reader import Signal

__all__ = ["Signal"]
