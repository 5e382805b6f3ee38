"""Planted defects: each is put into a copy of the package, one by one, and the fault tests must notice it.

python -m faults.defects            with `tests` on PYTHONPATH: plants all, and prints which test noticed
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "shared/egregora"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
SINGLE = "tests/faults/test_single_faults.py::"


@dataclass(frozen=True, slots=True)
class Defect:
    """What is replaced by what, file by file, and the test that must fail then."""

    name: str
    changes: tuple[tuple[str, str, str], ...]
    noticed_by: str


DEFECTS = (
    Defect(
        "an unfenced finish",
        (
            (
                "journal/states.py",
                "return self._journal.update(changed, claim.version).entry",
                (
                    "now = self._journal.get(entry.signature)\n"
                    "        return self._journal.update(changed, now.version if now else claim.version).entry"
                ),
            ),
        ),
        SINGLE + "test_a_stale_holder_that_wakes_changes_nothing",
    ),
    Defect(
        "SPLIT committed after enqueuing",
        (
            (
                "pipeline/processing.py",
                (
                    "    entry = deployment.windows.split(claim, (first, second), usage)\n"
                    "    _finish_what_follows(deployment, task, entry)\n"
                ),
                (
                    "    halves = [\n"
                    "        window_task(deployment, task.source, task.partition, task.root, half, task.signature)\n"
                    "        for half in (first, second)\n"
                    "    ]\n"
                    "    deployment.tasks.enqueue(halves)\n"
                    "    entry = deployment.windows.split(claim, (first, second), usage)\n"
                ),
            ),
        ),
        SINGLE + "test_a_crash_at_any_step_of_an_attempt_and_another_that_splits_or_not",
    ),
    Defect(
        "SPLIT seen and skipped",
        (
            (
                "pipeline/processing.py",
                "        _finish_what_follows(deployment, task, claim)\n        return Outcome(Result.ENDED",
                (
                    '        if claim.state != "SPLIT":\n            _finish_what_follows(deployment, task, claim)\n'
                    "        return Outcome(Result.ENDED"
                ),
            ),
        ),
        SINGLE + "test_a_crash_at_any_step_of_an_attempt_and_another_that_splits_or_not",
    ),
    Defect(
        "the manifest committed before its slices",
        (
            (
                "pipeline/slicing.py",
                (
                    "        deployment.slices.put_all(piece for name, piece in slices.items() if name not in known)\n"
                    "        try:\n"
                    "            commit_plan(deployment, manifest, generation=stored.generation if stored else 0)\n"
                    "        except Conflict:\n"
                    "            continue\n"
                ),
                (
                    "        try:\n"
                    "            commit_plan(deployment, manifest, generation=stored.generation if stored else 0)\n"
                    "        except Conflict:\n"
                    "            continue\n"
                    "        deployment.slices.put_all(piece for name, piece in slices.items() if name not in known)\n"
                ),
            ),
        ),
        SINGLE + "test_an_upload_that_died_in_mid_slice_is_whole_after_its_next_delivery",
    ),
    Defect(
        "the lease shorter than the timeout",
        (
            (
                "settings.py",
                "lease: Annotated[float, Field(gt=0)] = 660.0",
                "lease: Annotated[float, Field(gt=0)] = 300.0",
            ),
            ("settings.py", "if not run.lease > run.dispatch_deadline > ", "if not run.dispatch_deadline > "),
        ),
        SINGLE + "test_a_delivery_that_takes_all_its_time_is_not_joined_by_another",
    ),
    Defect(
        "a publisher that does not compare generations",
        (("sinks/gcs.py", "if_generation=int(seen.version) if seen else 0,", "if_generation=None,"),),
        "tests/contract/test_sinks_gcs.py::test_of_two_publishers_the_later_gives_way",
    ),
    Defect(
        "a redelivery that enqueues nothing",
        (
            (
                "pipeline/slicing.py",
                "        enqueued += enqueue_leaves(",
                "        enqueued += wrote and enqueue_leaves(",
            ),
        ),
        SINGLE + "test_an_upload_that_died_in_mid_slice_is_whole_after_its_next_delivery",
    ),
    Defect(
        "an output path without the attempt",
        (
            (
                "pipeline/documents.py",
                'f"documents/{signature}/{attempt}.json"',
                'f"documents/{signature}/document.json"',
            ),
        ),
        SINGLE + "test_a_stale_holder_that_wakes_changes_nothing",
    ),
    Defect(
        "a swallowed Firestore error",
        (
            (
                "journal/firestore.py",
                'raise (RateLimited if limited else Retry)(f"Firestore: {_name(error.cause)}") from error\n',
                "return None  # type: ignore[return-value]\n",
            ),
        ),
        SINGLE + "test_an_error_of_firestore_is_never_taken_for_an_answer",
    ),
    Defect(
        "a ledger keyed without the model",
        (("agents/ledger.py", "            model_name,\n", ""),),
        SINGLE + "test_a_model_that_changes_in_mid_run_signs_every_window",
    ),
)


def changed(defect: Defect) -> dict[str, str]:
    """The files that the defect stands in, with it. Raises `ValueError` where its place is not found once."""
    texts: dict[str, str] = {}
    for name, old, new in defect.changes:
        text = texts.get(name) or (PACKAGE / name).read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{defect.name}: the place in {name} is there {text.count(old)} times")
        texts[name] = text.replace(old, new)
    return texts


def plant(defect: Defect, folder: Path) -> None:
    """Make a copy of the package with the defect in it. Raises as `changed` does."""
    shutil.copytree(PACKAGE, folder / "egregora")  # with what is compiled, which holds for what stays as it is
    for name, text in changed(defect).items():
        (folder / "egregora" / name).write_text(text, encoding="utf-8")


def is_noticed(defect: Defect, *more: str) -> bool:
    """Whether its test, or one of `more`, fails with the defect planted. Raises `RuntimeError` where none could run."""
    with tempfile.TemporaryDirectory() as folder:
        plant(defect, Path(folder))
        run = subprocess.run(
            [*PYTEST, defect.noticed_by, *more],
            cwd=ROOT,
            env={**os.environ, **ALONE, "PYTHONPATH": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode not in {0, 1}:
        raise RuntimeError(f"{defect.name}: {run.stdout[-2000:]}{run.stderr[-2000:]}")
    return run.returncode == 1


def main() -> int:
    """Plant every defect; 0 where each is noticed."""
    missed = 0
    for defect in DEFECTS:
        noticed = is_noticed(defect)
        missed += not noticed
        print(
            f"{'noticed' if noticed else 'MISSED '}  {defect.name}  by {defect.noticed_by.rpartition('::')[2]}",
            flush=True,
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
