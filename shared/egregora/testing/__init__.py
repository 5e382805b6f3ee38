"""In-memory stand-ins for every port, a clock set by hand and a model that follows a script.

They pass the contract suites of the real adapters. :func:`hooked` and :func:`wrapped` stand around any of them, or a
real adapter, so that a test can look on, pause, fail or crash before and after every call.
"""

from egregora.testing.blobs import MemoryBlobs
from egregora.testing.clock import ManualClock
from egregora.testing.hooks import Around, Call, Hook, hooked, wrapped
from egregora.testing.journal import MemoryJournal
from egregora.testing.models import ScriptedModel
from egregora.testing.sinks import MemorySink
from egregora.testing.tasks import MemoryTasks

__all__ = [
    "Around",
    "Call",
    "Hook",
    "ManualClock",
    "MemoryBlobs",
    "MemoryJournal",
    "MemorySink",
    "MemoryTasks",
    "ScriptedModel",
    "hooked",
    "wrapped",
]
