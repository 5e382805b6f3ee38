"""Deliver the magazine to the database at a URL, and die without a word before the statement of a number."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).parents[1]))

from egregora.sinks.database import DatabaseSink
from egregora.sinks.database.delivery import deliver_database
from magazine import magazine

if __name__ == "__main__":
    url, fatal = sys.argv[1], int(sys.argv[2])
    sink = DatabaseSink(url, name="family")
    statements = itertools.count(1)

    @event.listens_for(sink.engine, "before_cursor_execute")
    def count(*_: object) -> None:
        if next(statements) == fatal:
            os._exit(0)

    deliver_database(magazine(), sink, batch=4)
    sys.exit("it lived")
