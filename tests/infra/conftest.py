"""Terraform is initialised, and its tests are run, once for all tests that look at what came of it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

import pytest

from infra.terraform import Planned, Terraform, initialised, plans


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """The command, in a copy of `infra/`."""
    return initialised(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="session")
def tested(terraform: Terraform) -> subprocess.CompletedProcess[str]:
    """What came of the tests over defaults and options."""
    return terraform("test", "-json", "-verbose", "-filter=tests/deployment.tftest.hcl")


@pytest.fixture(scope="session")
def planned(tested: subprocess.CompletedProcess[str]) -> Mapping[str, Planned]:
    """The plan of each run, by its name."""
    return dict(plans(tested.stdout))
