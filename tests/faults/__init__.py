"""Whatever fails: the harness that breaks a deployment in memory, and the invariants that must hold afterwards."""

import os

WIDE = os.environ.get("FAULTS") == "all"
"""Whether to go further than `make test` does: `make faults`."""
