"""What docs/deploy.md, the Makefile and cloudbuild.yaml say fits together."""

from __future__ import annotations

import ast
import operator
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]

from egregora.cli import cli
from egregora.pipeline.estimating import estimate_window
from egregora.settings import ModelSettings, Settings
from infra.terraform import INFRA, ROOT
from infra.variables import PAGE, page, variables

DOCS = PAGE.read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """Every command line that people are to copy, in words; the files written on the way are left out."""
    plain = re.sub(r"(?s)<<'EOF'\n.*?\nEOF\n", "\n", DOCS)
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", plain)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_the_table_of_variables_is_up_to_date() -> None:
    assert page() == DOCS, "run: PYTHONPATH=tests .venv/bin/python -m infra.variables"


def test_every_variable_says_what_it_is() -> None:
    assert all(len(one.about.split()) > 3 for one in variables())
    assert {one.name for one in variables() if not one.default} == {"project", "region", "archive", "key"}


def test_every_make_target_that_people_are_told_of_is_there() -> None:
    told = {words[1] for words in commands() if words[0] == "make"}
    told |= set(re.findall(r"`make ([a-z]+)", DOCS))
    assert {"bootstrap", "deploy", "destroy", "deployer"} <= told
    assert {
        target for target in told if not re.search(rf"^(\$\(VENV\)|{re.escape(target)})\S*:", MAKEFILE, re.MULTILINE)
    } == set()


def test_every_command_of_egregora_that_people_are_told_of_is_understood() -> None:
    told = [words[1:] for words in commands() if words[0].endswith("/egregora")]
    assert {words[0] for words in told} == {"upload", "status", "reprocess"}
    for name, *arguments in told:
        command = cli.get_command(click.Context(cli), name)
        assert command
        given = [word if word.startswith("-") else str(ROOT / "README.md") for word in arguments]
        command.make_context(name, given, resilient_parsing=True)
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("--")} <= options


def test_the_deployers_roles_are_told() -> None:
    roles = (INFRA / "deployer-roles.txt").read_text(encoding="utf-8").split()
    assert roles == sorted(set(roles))
    assert re.findall(r"^\| `(roles/[a-zA-Z.]+)` \|", DOCS, re.MULTILINE) == roles


def test_apis_are_switched_on_in_one_call() -> None:
    apis = (INFRA / "apis.txt").read_text(encoding="utf-8").split()
    assert apis == sorted(set(apis))
    assert len(apis) <= 20, "gcloud takes no more at once"
    agents = re.search(r"^AGENTS := (.*)$", MAKEFILE, re.MULTILINE)
    assert agents
    assert {f"{agent}.googleapis.com" for agent in agents[1].split()} <= set(apis)


@dataclass(frozen=True)
class Shell:
    """A place where `terraform` and `gcloud` do nothing but note how they were called."""

    place: Path

    def run(self, *command: str, **env: str) -> list[str]:
        """Run a command that succeeds; returns the calls it made."""
        path = f"{self.place / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=self.place,
            env={**os.environ, "PATH": path, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        calls = self.place / "calls"
        made = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return made


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    for name in ("Makefile", "cloudbuild.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("infra", "tools", "functions", "shared"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "bin").mkdir()
    for name in ("terraform", "gcloud"):
        program = tmp_path / "bin" / name
        note = f'echo "{name} $* key=${{#TF_VAR_key}} project=$TF_VAR_project region=$TF_VAR_region" >>{tmp_path}/calls'
        program.write_text(f"#!/bin/sh\n{note}\n", encoding="utf-8")
        program.chmod(0o755)
    return Shell(tmp_path)


GIVEN = ("PROJECT=some-project", "REGION=europe-west1")
TOLD = "key=44 project=some-project region=europe-west1"


def test_deploying_names_the_state_and_passes_all_that_has_no_default(shell: Shell) -> None:
    init, apply = shell.run("make", "deploy", *GIVEN)
    assert "init" in init
    assert "-backend-config=bucket=some-project-egregora-state" in init
    assert apply == f"terraform -chdir=infra apply {TOLD}"
    assert shell.run("make", "plan", *GIVEN)[1] == f"terraform -chdir=infra plan {TOLD}"


def test_destroying_spares_data_unless_it_is_told_not_to(shell: Shell) -> None:
    [_, spared] = shell.run("make", "destroy", *GIVEN)
    targets = set(re.findall(r"-target=(\w+)", spared))
    assert "google_cloudfunctions2_function" in targets
    assert not targets & {"google_storage_bucket", "google_firestore_database", "google_cloud_tasks_queue"}
    assert "google_secret_manager_secret" not in targets
    [_, freed, *_, gone] = shell.run("make", "destroy", "DATA=delete", *GIVEN)
    assert "apply -var data=deletable -target=google_storage_bucket.exports" in freed
    assert gone == f"terraform -chdir=infra destroy -var data=deletable {TOLD}"


def test_bootstrapping_switches_on_the_apis_and_makes_agents_and_state(shell: Shell) -> None:
    calls = shell.run("make", "bootstrap", *GIVEN)
    assert calls[0].startswith("gcloud services enable aiplatform.googleapis.com")
    assert {"eventarc", "iap", "pubsub"} <= {
        found[1] for call in calls if (found := re.search(r"services identity create --service (\w+)\.", call))
    }
    assert any("--role roles/eventarc.serviceAgent" in call for call in calls)
    assert "gs://some-project-egregora-state --versioning" in calls[-1]


def test_cloud_build_plans_and_applies_only_where_it_is_told_to(shell: Shell) -> None:
    build: Mapping[str, Any] = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text(encoding="utf-8"))
    steps = {step["id"]: step for step in build["steps"]}
    assert list(steps) == ["test", "archive", "plan", "apply"]
    assert build["substitutions"]["_APPLY"] == "no"
    assert {name.partition("=")[0] for name in build["options"]["env"]} == {"PROJECT", "REGION", "APPLY"}
    assert "egregora-deployer@" in build["serviceAccount"]
    (shell.place / "infra").unlink()
    shutil.copytree(INFRA, shell.place / "infra", ignore=shutil.ignore_patterns(".terraform*"))
    (shell.place / "archive.path").write_text("/workspace/dist/egregora-0.zip", encoding="utf-8")
    env = {"PROJECT": "some-project", "REGION": "europe-west1", "APPLY": build["substitutions"]["_APPLY"]}
    init, plan, show = shell.run("sh", *steps["plan"]["args"], **env)
    assert "-backend-config=bucket=some-project-egregora-state" in init
    assert plan == f"terraform plan -out=build.tfplan {TOLD}"
    assert "show -no-color build.tfplan" in show
    assert build["artifacts"]["objects"]["paths"] == ["infra/build.tfplan", "infra/build.txt"]
    assert shell.run("sh", *steps["apply"]["args"], **env) == []
    assert shell.run("sh", *steps["apply"]["args"], **{**env, "APPLY": "yes"}) == [
        f"terraform apply build.tfplan {TOLD}"
    ]


def test_what_it_costs_is_reckoned_right() -> None:
    idle, million = re.findall(r"^\| what \| reckoning \| \$ \|\n\|[-|]+\|\n((?:\|.*\n)+)", DOCS, re.MULTILINE)
    for rows, totals in ((idle, ("0.54", "18.79")), (million, ("29.47",))):
        cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
        amounts = [float(row[2]) for row in cells]
        always = sum(amount for row, amount in zip(cells, amounts, strict=True) if "domain" not in row[0])
        assert f"{always:.2f}" == totals[0]
        assert f"{sum(amounts):.2f}" == totals[-1]
        assert all(f"${total}" in DOCS for total in totals)
        for what, reckoning, said in cells:
            if "$" in reckoning and what not in {"Artifact Registry", "alerts"}:
                assert abs(reckoned(reckoning) - float(said)) <= 0.005, what


def test_the_models_cost_is_what_the_estimate_says() -> None:
    settings = Settings()
    one = estimate_window(settings, ModelSettings().name, 4 * settings.windows.tokens)
    assert f"{one.input_tokens:,} tokens in × ${settings.model.price_input:.2f}" in DOCS
    assert f"{one.output_tokens:,} out × ${settings.model.price_output:.2f}" in DOCS
    assert f"| {1250 * one.cost:.2f} |" in DOCS


def reckoned(text: str) -> float:
    """The last expression in a line such as ``1,250 × 60 s / 4 at once = 18,750 s × ($0.1 + 2 GiB × $0.02)``."""
    plain = text.rpartition("=")[2].replace(",", "").replace("×", "*").replace("million", "1000000")
    return value(ast.parse(re.sub(r"[A-Za-z$]+", "", plain).strip(), mode="eval").body)


def value(node: ast.expr) -> float:
    operators = {ast.Add: operator.add, ast.Mult: operator.mul, ast.Div: operator.truediv}
    match node:
        case ast.Constant(value=float() | int() as number):
            return float(number)
        case ast.BinOp():
            return float(operators[type(node.op)](value(node.left), value(node.right)))
        case _:
            raise ValueError(ast.dump(node))
