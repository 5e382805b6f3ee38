"""In-memory stand-ins for every port, a clock set by hand and a model that follows a script.

They pass the contract suites of the real adapters. :func:`hooked` wraps any of them, or a real adapter, so that a test
can look on, pause or crash before and after every call.
"""

from egregora.testing.blobs import MemoryBlobs
from egregora.testing.clock import ManualClock
from egregora.testing.hooks import Hook, hooked
from egregora.testing.journal import MemoryJournal
from egregora.testing.models import ScriptedModel
from egregora.testing.sinks import MemorySink
from egregora.testing.tasks import MemoryTasks

__all__ = [
    "Hook",
    "ManualClock",
    "MemoryBlobs",
    "MemoryJournal",
    "MemorySink",
    "MemoryTasks",
    "ScriptedModel",
    "hooked",
]
