"""`make soak`: trouble a deployment for as long as asked, let it come to rest, and tell how it stands."""

from __future__ import annotations

import argparse
import sys
import time

from soak.figures import table
from soak.run import Soak, soaking
from soak.trouble import RATES


def main() -> int:
    """Soak; 1 where something does not hold."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None, help="What happens is made up from it; by default, the time.")
    arguments = parser.parse_args()
    seed = int(time.time()) if arguments.seed is None else arguments.seed
    print(f"soaking for {arguments.seconds:g} s with SEED={seed} ...", file=sys.stderr)
    with soaking(seed) as soak:
        soak.trouble(arguments.seconds, RATES, _tell)
        _tell("at rest as soon as all is done ...")
        findings = _rest(soak)
        _tell("held against a run of the same uploads here ...")
        calls = soak.account()
        outcome = soak.judge(calls, soak.run_here())
    findings += outcome.verdict.findings
    print(table(outcome))
    for finding in findings:
        print(f"FAILED: {finding} (SEED={seed})")
    return 1 if findings else 0


def _rest(soak: Soak) -> tuple[str, ...]:
    """What never came to rest; the rest is judged all the same."""
    try:
        soak.rest(timeout=600)
    except TimeoutError as error:
        return (str(error),)
    return ()


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
