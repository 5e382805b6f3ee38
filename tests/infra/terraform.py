"""Terraform on a copy of `infra/`, offline: the plans that its own tests make, as Terraform tells of them in JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from servers.tools import lacking

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
MIRROR = ROOT.parent / "shared" / "terraform" / "setup"
"""Makes a mirror of the provider's schema, where there is one."""


@dataclass(frozen=True)
class Planned:
    """What one run of Terraform's tests would make."""

    resources: Mapping[str, Mapping[str, Any]]
    """Values by address; what only Google knows is missing."""
    outputs: Mapping[str, Any]

    def of(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Resources of a type, by what follows it in their address."""
        return {
            address.removeprefix(f"{kind}."): values
            for address, values in self.resources.items()
            if address.startswith(f"{kind}.")
        }


@dataclass(frozen=True)
class Terraform:
    """The command, in a copy of `infra/` that is initialised."""

    folder: Path
    env: Mapping[str, str]

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it; the caller looks at what came of it."""
        return run(self.folder, self.env, *arguments)


def run(folder: Path, env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Terraform in a folder."""
    program = shutil.which("terraform")
    if program is None:
        lacking("Terraform", "install 1.11 or newer from https://developer.hashicorp.com/terraform/install")
    return subprocess.run([program, *arguments], cwd=folder, env=dict(env), capture_output=True, text=True, check=False)


def initialised(place: Path) -> Terraform:
    """Copy `infra/` to `place`, beside what it reads, and initialise it; skips, saying so, where no provider is had."""
    folder = place / "infra"
    shutil.copytree(INFRA, folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfplan"))
    (place / "shared").symlink_to(ROOT / "shared")
    env = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    if MIRROR.exists():
        if shutil.which("terraform") is None or shutil.which("go") is None:
            lacking("Terraform or Go", "install both, and the tests build a mirror of the provider's schema")
        made = subprocess.run([MIRROR], capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        env["TF_CLI_CONFIG_FILE"] = made.stdout.strip()
    done = run(folder, env, "init", "-backend=false", "-input=false", "-no-color")
    if done.returncode and not MIRROR.exists():
        pytest.skip("no Google provider: ../shared/terraform is absent, and its registry cannot be reached")
    assert done.returncode == 0, done.stderr
    return Terraform(folder, env)


def plans(output: str) -> Iterator[tuple[str, Planned]]:
    """The plan of each run in what ``terraform test -json -verbose`` wrote."""
    for line in output.splitlines():
        told = json.loads(line)
        if told["type"] == "test_plan":
            plan = told["test_plan"]
            yield (
                told["@testrun"],
                Planned(
                    {change["address"]: change["change"]["after"] for change in plan["resource_changes"]},
                    {name: change.get("after") for name, change in plan["output_changes"].items()},
                ),
            )
