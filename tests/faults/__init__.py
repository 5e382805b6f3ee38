"""Whatever fails: the harness that breaks a deployment in memory, and the invariants that must hold afterwards."""
