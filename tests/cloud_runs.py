"""What a deployment's site is compared with: the site that `egregora run` makes here of the same files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from example_chat import egregora
from servers.stack import KEY, Stack

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Grown:
    """A website and its Markdown tree: bytes by path."""

    site: Files
    tree: Files


def run_here(exports: Files, folder: Path, settings: str, env: Mapping[str, str] | None = None) -> Grown:
    """What a run on this machine makes of `exports`, with the key that deployments of the tests have."""
    (folder / "work/config").mkdir(parents=True)
    (folder / "work/config/egregora.toml").write_text(settings)
    (folder / "work/key").touch(0o600)
    (folder / "work/key").write_bytes(KEY)
    paths = [folder / "exports" / name for name in exports]
    for path, data in zip(paths, exports.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    egregora("run", *paths, "--work", folder / "work", "--to", folder / "site", env=env)
    return Grown(read_files(folder / "site"), read_files(folder / "site-markdown"))


def grown_there(stack: Stack) -> Grown:
    """What a deployment has made."""
    return Grown(stack.site_files(), stack.tree_files())


def assert_same(found: Grown, wanted: Grown) -> None:
    """Assert that two sites and trees are equal, naming the files that differ."""
    for one, other in ((found.site, wanted.site), (found.tree, wanted.tree)):
        assert one.keys() == other.keys()
        assert [path for path, data in one.items() if data != other[path]] == []
    assert any(path.endswith("post.json") for path in found.site), "a site without a post proves nothing"


def read_files(folder: Path) -> Files:
    """Every file below a folder, by path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
