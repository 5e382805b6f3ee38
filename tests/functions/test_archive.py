from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from functions.world import World
from servers.events import event_headers
from servers.functions import function_process

ROOT = Path(__file__).resolve().parents[2]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("archive", ROOT / "tools" / "archive.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copied(to: Path, *, umask: int, day: int) -> Path:
    """Another clone: what was written in another order, at another time, under another umask, with what tools leave."""
    before = os.umask(umask)
    try:
        for name in ("shared", "functions"):
            for path in sorted((ROOT / name).rglob("*"), reverse=bool(day % 2)):
                if path.is_file() and "__pycache__" not in path.parts:
                    target = to / path.relative_to(ROOT)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target)
                    os.utime(target, (day * 86400, day * 86400))
        left = to / "shared" / "egregora" / "__pycache__" / "ids.cpython-311.pyc"
        left.parent.mkdir()
        left.write_bytes(b"%d" % day)
        (to / "shared" / "egregora" / ".#ids.py").write_text(str(day))
    finally:
        os.umask(before)
    return to


def test_two_clones_make_the_same_bytes(tmp_path: Path) -> None:
    one = tool().write(copied(tmp_path / "one", umask=0o022, day=10_000), tmp_path / "out")
    two = tool().write(copied(tmp_path / "two", umask=0o077, day=15_001), tmp_path / "elsewhere")
    assert one.name == two.name
    assert one.read_bytes() == two.read_bytes()
    assert re.fullmatch(r"egregora-[0-9a-f]{16}\.zip", one.name)
    assert hashlib.sha256(one.read_bytes()).hexdigest().startswith(one.stem.removeprefix("egregora-"))


def test_the_archive_holds_the_functions_and_all_of_the_package_that_git_knows() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing tells what belongs to it")
    listed = subprocess.run(
        [git, "ls-files", "-z", "functions", "shared/egregora"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    known = {name for name in listed if name and (ROOT / name).exists()}
    held = {path.relative_to(ROOT).as_posix() for _, path in tool().files(ROOT)}
    assert known <= held


def test_an_edit_makes_another_archive(tmp_path: Path) -> None:
    place = copied(tmp_path / "one", umask=0o022, day=10_000)
    before = tool().archive(place)
    (place / "functions" / "requirements.txt").write_text("changed\n")
    assert tool().archive(place) != before


def test_requirements_are_the_constraints_of_this_house() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    required = (ROOT / "functions" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    # The tests' own packages may want one on every system that the functions need on some.
    assert {line.partition(" ;")[0] for line in required} <= {line.partition(" ;")[0] for line in constraints}
    assert all(re.match(r"[a-z0-9-]+==[^ ]+( ; .+)?$", line) for line in required)


def test_requirements_cover_what_the_package_names() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *extras["gcp"], *extras["s3"], *extras["sql"]]
    wanted = {re.split(r"[\[>=]", line)[0] for line in named} - {"google-cloud-secret-manager"}
    required = (ROOT / "functions" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert wanted <= {line.partition("==")[0] for line in required}


@pytest.mark.slow
@pytest.mark.xdist_group("functions")
def test_each_function_answers_from_the_archive_and_its_requirements_alone(world: World, tmp_path: Path) -> None:
    with zipfile.ZipFile(tool().write(ROOT, tmp_path)) as archive:
        archive.extractall(tmp_path / "app")
    python = installed(tmp_path / "venv", tmp_path / "app" / "requirements.txt")
    answers = {}
    for name in ("slice_export", "process_window", "publish_site", "reprocess", "serve_site"):
        with function_process(name, world.env, folder=tmp_path / "app", python=python) as function:
            answered = function.post(b"{}", event_headers(type="other"))
            answers[name] = (answered.status, answered.text)
    assert answers == {
        "slice_export": (200, "no export\n"),
        "process_window": (200, "refused: the task's payload cannot be read\n"),
        "publish_site": (200, "published\n"),
        "reprocess": (200, "0 enqueued, 0 over the day's budget\n"),
        "serve_site": (405, "only to be read\n"),
    }


def installed(place: Path, requirements: Path) -> Path:
    """An environment with these requirements and nothing else; returns its Python."""
    python = place / "bin" / "python"
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    commands: list[list[str | Path]]
    if uv:
        commands = [[uv, "venv", "-q", "-p", sys.executable, place], [uv, "pip", "install", "-q", "-p", python]]
    else:
        commands = [[sys.executable, "-m", "venv", place], [python, "-m", "pip", "install", "-q"]]
    for command in (commands[0], [*commands[1], "--no-deps", "-r", requirements]):
        subprocess.run(command, check=True)
    return python
