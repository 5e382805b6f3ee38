"""`egregora doctor`: check that everything a run needs is in order."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from egregora.cli import DONE, WITH_FAILURES
from egregora.cli.options import as_json, show_json, work
from egregora.errors import EgregoraError

Check = tuple[str, Callable[[], str]]
NEEDED = 200 * 1024 * 1024


@click.command("doctor")
@work
@click.option("--online", is_flag=True, help="Also ask the model to count a few tokens, which is free.")
@as_json
def command(work: Path, online: bool, as_json: bool) -> int:
    """Check that everything a run needs is in order; each fault says what to do. Exit status 1 where there is one."""
    results = [_result(name, check) for name, check in _checks(work, online)]
    if as_json:
        show_json([{"check": name, "ok": ok, "says": says} for name, ok, says in results])
    else:
        for name, ok, says in results:
            click.echo(f"{'ok   ' if ok else 'FAULT'}  {name}: {says}")
    return DONE if all(ok for _, ok, _ in results) else WITH_FAILURES


def _result(name: str, check: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return name, True, check()
    except (EgregoraError, OSError) as error:
        return name, False, str(error)


def _checks(work: Path, online: bool) -> Iterator[Check]:
    yield "Python", lambda: sys.version.split()[0]
    yield "work folder", lambda: _folder(work)
    yield "disk", lambda: _disk(work)
    yield "key", lambda: _key(work)
    yield "settings", lambda: _settings(work)
    yield "prompts", lambda: _prompts(work)
    yield "model", lambda: _model(work, online)
    yield "search", _search
    if work.is_dir():
        yield "journal", lambda: _journal(work)


def _folder(work: Path) -> str:
    if not work.exists():
        return f"{work} will be made by the first run"
    probe = work / ".doctor"
    probe.write_bytes(b"")
    probe.unlink()
    return f"{work} can be written to"


def _disk(work: Path) -> str:
    place = next(folder for folder in (work.absolute(), *work.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < NEEDED:
        raise EgregoraError(f"only {free / 1e6:.0f} MB are free; make room for at least {NEEDED / 1e6:.0f} MB")
    return f"{free / 1e9:.1f} GB free"


def _key(work: Path) -> str:
    from egregora.privacy.key import is_exposed, load_or_make_key

    path = work / "key"
    if not path.exists():
        return "will be made by the first run"
    load_or_make_key(path)
    if is_exposed(path):
        raise EgregoraError(f"{path} can be read by others: chmod 600 {path}")
    return "readable by you alone; keep a copy, since handles cannot be made again without it"


def _settings(work: Path) -> str:
    from egregora.local import CONFIG, load_settings

    load_settings(work)
    return f"{work / CONFIG}" if (work / CONFIG).exists() else "defaults (`egregora init` writes a file to edit)"


def _prompts(work: Path) -> str:
    from egregora.agents.prompts import load_prompts
    from egregora.local import load_overrides

    overrides = load_overrides(work)
    load_prompts(overrides)
    return f"your own: {', '.join(sorted(overrides))}" if overrides else "the package's own"


def _model(work: Path, online: bool) -> str:
    from egregora.local import load_settings
    from egregora.models import is_offline
    from egregora.models.choice import choose_model, model_name
    from egregora.settings import credentials

    settings, known = load_settings(work).model, credentials()
    name = model_name(settings, known)
    model = choose_model(settings, known)
    if not online:
        return f"{name}" + ("" if is_offline(name) else " (--online asks whether it answers)")
    from egregora.forms import Writing
    from egregora.models import Material, Request

    counted = model.count_tokens(Request("writer", "Count this.", "", Writing, Material(())))
    return f"{name} answers: {counted} tokens counted"


def _search() -> str:
    from importlib.metadata import version

    from egregora.site.search import run_pagefind

    run_pagefind({"index.html": "<!doctype html><html lang='en'><body>word</body></html>"})
    return f"pagefind {version('pagefind')} makes an index"


def _journal(work: Path) -> str:
    from egregora.local import open_workplace
    from egregora.pipeline.overview import overview
    from egregora.settings import credentials

    with open_workplace(work, credentials=credentials()) as place:
        views = overview(place.deployment)
    troubles = sum(len(view.troubles) for view in views)
    if troubles:
        raise EgregoraError(f"{troubles} windows failed: egregora status --work {work}")
    return f"{len(views)} conversations, nothing failed"
