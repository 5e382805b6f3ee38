"""WhatsApp's "Export chat": a text, alone or in a zip with media.

detection, header   which lines start a message, and the one shape they have in a file
survey, order       first pass: authors, counts, and whether day or month comes first
stream, kinds       second pass: messages, and what each body is
notices, titles     what the chat says of itself, and what it is called
"""

from __future__ import annotations

from egregora.ingest.whatsapp.reader import WhatsApp

__all__ = ["WhatsApp"]
