"""`make archive`: one zip that all functions are deployed from, with the same bytes wherever it is made.

    slice_export.py process_window.py publish_site.py reprocess.py serve_site.py    requirements.txt    egregora/...

Its name holds the digest of its bytes, so what is unchanged is not deployed again.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
KINDS = frozenset({".css", ".html", ".js", ".json", ".md", ".py", ".svg", ".toml", ".typed", ".xml"})
"""Suffixes of what belongs to the package; what editors and Python leave behind has others."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX, _READABLE = 3, 0o100644 << 16


def files(root: Path) -> Iterator[tuple[str, Path]]:
    """What goes into the archive: its path there, and the file."""
    functions, shared = root / "functions", root / "shared"
    for path in (*functions.glob("*.py"), functions / "requirements.txt"):
        yield path.name, path
    for path in (shared / "egregora").rglob("*"):
        if path.suffix in KINDS and not path.name.startswith("."):
            yield path.relative_to(shared).as_posix(), path


def archive(root: Path) -> bytes:
    """The zip's bytes. Members are stored as they are, for compressed bytes differ between versions of zlib."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_STORED) as target:
        for name, path in sorted(files(root), key=lambda file: PurePosixPath(file[0]).parts):
            member = zipfile.ZipInfo(name, _EARLIEST)
            member.create_system, member.external_attr = _UNIX, _READABLE
            target.writestr(member, path.read_bytes())
    return zipped.getvalue()


def write(root: Path, folder: Path) -> Path:
    """Write the archive into `folder`, under the name that its bytes give it."""
    data = archive(root)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"egregora-{hashlib.sha256(data).hexdigest()[:16]}.zip"
    target.write_bytes(data)
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{write(ROOT, ROOT / 'dist')}\n")
