"""A deployment on this machine: everything under one folder, and worker threads instead of services.

WORK_DIR/
    key             what handles are made with; never leaves this machine
    config/         egregora.toml and prompts/, which people edit
    slices/ manifests/ responses/ documents/ ...    the blob store
    journal.sqlite  tasks.sqlite  egregora.log
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from egregora.agents.prompts import load_prompts
from egregora.blobs.folder import FolderBlobs
from egregora.clock import SystemClock
from egregora.errors import Conflict, Reject
from egregora.journal.sqlite import SqliteJournal
from egregora.journal.states import Claim
from egregora.logs import log_to, logger
from egregora.models.choice import choose_model, model_name
from egregora.pipeline.deployment import Deployment, Outlet
from egregora.pipeline.outlets import open_outlets
from egregora.privacy.key import load_or_make_key
from egregora.settings import Credentials, Settings, parse
from egregora.sinks.folder import FolderSink
from egregora.tasks.sqlite import SqliteTasks

CONFIG = "config/egregora.toml"
PROMPTS = "config/prompts"


@dataclass(frozen=True)
class Workplace:
    """An opened work folder."""

    folder: Path
    deployment: Deployment
    tasks: SqliteTasks

    def take_over(self) -> int:
        """Free what a killed run still holds, and return how many windows that were.

        Only the holder of the work folder's lock may call this: it is what proves that the other run is dead.
        """
        windows = self.deployment.windows
        held = list(self.deployment.journal.select(states=["RUNNING"]))
        for stored in held:
            if stored.entry.lease is not None:
                windows.release(Claim(stored.entry, stored.version), "the run was stopped")
        self.tasks.release()
        return len(held)


def load_settings(folder: Path) -> Settings:
    """Settings of a work folder; the defaults where it has none. Raises `Reject` naming the file and the fault."""
    path = folder / CONFIG
    if not path.exists():
        return Settings()
    try:
        return parse(path.read_text(encoding="utf-8"), origin=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise Reject(f"{path} cannot be read: {error}") from error


def load_overrides(folder: Path) -> dict[str, str]:
    """The user's own prompts, by file name. Raises `Reject` naming the file that is no text."""
    overrides = {}
    for path in sorted((folder / PROMPTS).glob("*.md")):
        try:
            overrides[path.name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Reject(f"{path} cannot be read: {error}") from error
    return overrides


def load_key(folder: Path) -> bytes:
    """The key of a work folder, made where the folder is new.

    Raises `Reject` where the key is gone and people are known: under another everybody would come twice.
    """
    path = folder / "key"
    if not path.exists() and any((folder / "people").glob("*.json")):
        raise Reject(f"the key at {path} is gone: restore it from a copy, or begin anew with another work folder")
    return load_or_make_key(path)


@contextmanager
def open_workplace(
    folder: Path,
    *,
    credentials: Credentials,
    site: Path | None = None,
    exclusive: bool = False,
) -> Iterator[Workplace]:
    """Open a work folder, making it where there is none. With `exclusive` nobody else may be at work in it."""
    clock = SystemClock()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # who is who lies in it
    except OSError as error:
        raise Reject(f"{folder} cannot be used as a work folder: {error.strerror}") from error
    with ExitStack() as stack:
        if exclusive:
            stack.enter_context(_alone(folder))
        log = log_to(logging.FileHandler(folder / "egregora.log", encoding="utf-8", delay=True))
        stack.callback(log.close)
        stack.callback(logger.removeHandler, log)
        settings = load_settings(folder)
        journal = SqliteJournal(folder / "journal.sqlite")
        stack.callback(journal.close)
        tasks = SqliteTasks(folder / "tasks.sqlite", clock)
        stack.callback(tasks.close)
        deployment = Deployment(
            settings=settings,
            prompts=load_prompts(load_overrides(folder)),
            key=load_key(folder),
            blobs=FolderBlobs(folder),
            journal=journal,
            tasks=tasks,
            model_name=model_name(settings.model, credentials),
            make_model=partial(choose_model, settings.model, credentials),
            clock=clock,
            outlets=_outlets(settings, site, folder) if site else (),
        )
        yield Workplace(folder, deployment, tasks)


def markdown_folder(site: Path) -> Path:
    """Where the Markdown tree goes that belongs to a site's folder: beside it."""
    return site.with_name(f"{site.name}-markdown")


def _outlets(settings: Settings, site: Path, folder: Path) -> list[Outlet]:
    shown = settings.site.sources
    outlets = [Outlet("site", FolderSink(site, name="site"), shown)]
    if settings.site.markdown is not False:
        outlets.append(Outlet("markdown", FolderSink(markdown_folder(site), name="markdown"), shown))
    return [*outlets, *open_outlets(settings.sinks, folder=folder)]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the work folder's lock; the kernel frees it when the process ends, however it ends."""
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"another egregora is at work in {folder}: wait for it, or choose another --work") from error
        yield
