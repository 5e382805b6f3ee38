from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from typing import Any

import hcl2
import pytest

from infra.terraform import INFRA, Terraform, run


def parsed(name: str) -> dict[str, list[Any]]:
    return hcl2.loads((INFRA / name).read_text(encoding="utf-8"))


def unquoted(text: str) -> str:
    return text.removeprefix('"').removesuffix('"')


@pytest.mark.slow
@pytest.mark.xdist_group("terraform")
class TestTerraform:
    def test_every_file_is_formatted(self) -> None:
        done = run(INFRA, os.environ, "fmt", "-check", "-recursive", "-diff")
        assert done.returncode == 0, done.stdout

    def test_the_configuration_is_valid(self, terraform: Terraform) -> None:
        done = terraform("validate", "-json")
        assert json.loads(done.stdout)["diagnostics"] == []

    def test_defaults_and_options_make_what_they_say(self, tested: subprocess.CompletedProcess[str]) -> None:
        assert tested.returncode == 0, failures(tested.stdout)

    def test_what_cannot_be_meant_is_refused(self, terraform: Terraform) -> None:
        done = terraform("test", "-json", "-filter=tests/refused.tftest.hcl")
        assert done.returncode == 0, failures(done.stdout)


def failures(output: str) -> str:
    told = [json.loads(line) for line in output.splitlines()]
    return "\n".join(f"{line.get('@testrun')}: {line['@message']}" for line in told if line["@level"] == "error")


def test_every_validation_of_every_variable_has_a_run_that_meets_it() -> None:
    validations = {
        unquoted(name): len(values.get("validation", []))
        for block in parsed("variables.tf")["variable"]
        for name, values in block.items()
    }
    runs = hcl2.loads((INFRA / "tests" / "refused.tftest.hcl").read_text(encoding="utf-8"))["run"]
    refused = Counter(
        re.sub(r"[${}\s]", "", str(values["expect_failures"][0])).removeprefix("var.")
        for block in runs
        for values in block.values()
    )
    assert all(validations.values()), "a variable takes whatever it is given"
    assert {name: count for name, count in validations.items() if refused[name] < count} == {}


def test_one_provider_is_pinned_to_one_release() -> None:
    [settings] = parsed("versions.tf")["terraform"]
    [providers] = settings["required_providers"]
    named = {name: value for name, value in providers.items() if not name.startswith("__")}
    assert list(named) == ["google"]
    assert re.fullmatch(r'"7\.\d+\.\d+"', named["google"]["version"])
    assert settings["required_version"] == '">= 1.11"'


def test_files_hold_what_their_names_say() -> None:
    subjects = (
        "versions variables outputs apis storage functions queues firestore iam scheduler secrets monitoring site"
    )
    assert {path.stem for path in INFRA.glob("*.tf")} == set(subjects.split())


def test_grants_are_only_added_and_labels_are_everywhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in INFRA.glob("*.tf"))
    assert not re.search(r'resource "\w+_iam_(binding|policy|audit_config)"', text)
    assert re.search(r"default_labels = local.labels", text)
    labelled = re.findall(r'resource "google_monitoring_\w+"', text)
    assert text.count("user_labels ") == len(labelled) > 0
