"""Options that several commands share, and how results are shown."""

from __future__ import annotations

import dataclasses
import functools
import json
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from egregora.errors import Reject

WORK = Path("egregora-work")
SITE = Path("egregora-site")

exports = click.argument("exports", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="EXPORT...")
work = click.option(
    "--work", type=click.Path(path_type=Path, file_okay=False), default=WORK, show_default=True, metavar="WORK_DIR",
    help="Where messages, journal and answers are kept.",
)  # fmt: skip
to = click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), default=SITE, show_default=True, metavar="SITE_DIR",
    help="Where the website goes.",
)  # fmt: skip
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@dataclasses.dataclass(frozen=True, slots=True)
class Cloud:
    """A deployment in the cloud, as a command line names it: its project, or the file that describes it."""

    project: str | None
    config: str | None

    @property
    def words(self) -> tuple[str, ...]:
        """How a command line names it."""
        return ("--config", self.config) if self.config else ("--project", self.project or "")


def deployed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--project` and `--config`, and as `cloud` the deployment they name, or None."""

    @click.option("--project", metavar="PROJECT", help="Work on what is deployed in this Google Cloud project.")
    @click.option("--config", metavar="FILE", help="The same, as this file describes it: a path or gs://BUCKET/KEY.")
    @functools.wraps(command)
    def called(*, project: str | None, config: str | None, **rest: Any) -> Any:
        cloud = Cloud(project, config) if project or config else None
        context = click.get_current_context()
        for name in ("work", "to"):
            given = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
            if cloud and given and name in rest and isinstance(rest[name], Path):
                raise click.UsageError(f"--{name} names a folder here, --project and --config a deployment elsewhere.")
        return command(cloud=cloud, **rest)

    return called


def show_json(value: Any) -> None:
    """Print a result as JSON; dataclasses become objects, paths their text."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return str(value)


def plural(number: int, word: str) -> str:
    """``1 window``, ``2,000 windows``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def line(*words: str | Path) -> str:
    """A command line to type, with the program as it was called where it is not on the search path."""
    program = "egregora" if shutil.which("egregora") else sys.argv[0]
    return shlex.join([program, *map(str, words)])


def tell_failures(failures: Mapping[str, Exception]) -> None:
    """Say which sinks a publish could not bring up to date, and why."""
    for name, fault in failures.items():
        click.echo(f"{name}: not delivered: {fault}. The next publish tries again.")


def existing(folder: Path) -> Path:
    """A work folder that must be there. Raises `Reject` where it is not."""
    if not folder.is_dir():
        raise Reject(f"there is no work folder {folder}: name it with --work, or begin with `{line('run')}`")
    return folder
