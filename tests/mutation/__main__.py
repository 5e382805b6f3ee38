"""Changes the core line by line in a copy, and lists the changes that no test notices.

    python -m mutation [--workers N] [PACKAGE | PACKAGE/MODULE] ...

The copies lie under build/mutation, one for each package. In one of them, with .tools/mutmut on the PYTHONPATH,
`.tools/mutmut/bin/mutmut show NAME` prints a mutant, and `mutmut run` goes on with a run that was broken off.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
MUTMUT = HOUSE / ".tools" / "mutmut"
COPIES = HOUSE / "build" / "mutation"

# A package's own tests have to notice: they are quick, and say where to look.
TESTS = {
    "windows": ["tests/unit/windows"],
    "archive": ["tests/unit/archive"],
    "journal": [
        "tests/unit/journal",
        "tests/contract/test_states_contract.py",
        "tests/contract/test_journal_contract.py",
        "tests/contract/test_journal_sqlite.py",
    ],
    "pipeline": ["tests/unit/pipeline", "tests/unit/sinks/test_opening.py"],
}

# What cannot be run without the emulator.
LEFT_OUT = ["src/egregora/journal/firestore.py"]

ARGUMENTS = ["-m", "not slow", "-p", "no:xdist", "-p", "no:cov", "-p", "no:cacheprovider"]
ARGUMENTS += ["-p", "mutation.profile", "--hypothesis-profile=mutation"]

OUTCOMES = {0: "survived", 1: "killed", 3: "killed", 5: "untested", 33: "untested", None: "not run"}


def copied(package: str, modules: list[str]) -> Path:
    """A copy of the package and its tests, laid out and configured as mutmut wants it."""
    copy = COPIES / package
    shutil.rmtree(copy, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HOUSE / "shared" / "egregora", copy / "src" / "egregora", ignore=unwanted)
    shutil.copytree(HOUSE / "tests", copy / "tests", ignore=unwanted)
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/egregora/{package}/{module}.py" for module in modules or ["*"]],
        "do_not_mutate": LEFT_OUT,
        "pytest_add_cli_args": ARGUMENTS,
        "pytest_add_cli_args_test_selection": TESTS[package],
        "process_isolation": "forkserver",  # tests start threads, and a fork would inherit their locks
        "timeout_multiplier": 2.0,
        "timeout_constant": 10.0,
        "use_git_change_detection": False,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    (copy / "pyproject.toml").write_text(
        (HOUSE / "pyproject.toml").read_text() + "\n[tool.mutmut]\n" + "\n".join(lines) + "\n"
    )
    return copy


def mutate(copy: Path, workers: int) -> None:
    """Run mutmut in the copy; what it finds stays there."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(MUTMUT), str(copy / "tests")])}
    command = [sys.executable, str(MUTMUT / "bin" / "mutmut"), "run", "--max-children", str(workers)]
    subprocess.run(command, cwd=copy, env=environment, check=True)


def results(copy: Path) -> Iterator[tuple[str, dict[str, int | None]]]:
    """Each module, and its mutants with how their tests ended."""
    source = copy / "mutants" / "src" / "egregora"
    for found in sorted(source.rglob("*.meta")):
        mutants = json.loads(found.read_text())["exit_code_by_key"]
        if mutants:
            yield str(found.relative_to(source)).removesuffix(".py.meta"), mutants


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="mutation", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("only", nargs="*", default=list(TESTS), help="package, or package/module; all if none")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    asked: dict[str, list[str]] = {}
    for only in arguments.only:
        package, _, module = only.partition("/")
        if package not in TESTS:
            parser.error(f"{package}: one of {', '.join(TESTS)} is wanted")
        asked.setdefault(package, []).extend([module] if module else [])
    for package, modules in asked.items():
        copy = copied(package, modules)
        mutate(copy, arguments.workers)
        for module, mutants in results(copy):
            counts = Counter(OUTCOMES.get(code, "timed out") for code in mutants.values())
            print(f"{module:28}", f"{len(mutants):5}", *(f"{counts[name]} {name}" for name in sorted(counts)), sep="  ")
            print(
                *(f"    {name}" for name, code in mutants.items() if OUTCOMES.get(code) in {"survived", "untested"}),
                sep="\n",
            )


if __name__ == "__main__":
    main()
