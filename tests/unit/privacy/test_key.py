from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from egregora.errors import Reject
from egregora.privacy.key import is_exposed, load_or_make_key


def test_a_key_is_made_once_and_read_ever_after(tmp_path: Path) -> None:
    path = tmp_path / "work" / "key"
    key = load_or_make_key(path)
    assert len(key) == 32
    assert load_or_make_key(path) == key
    assert load_or_make_key(tmp_path / "other") != key
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]


def test_makers_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: load_or_make_key(tmp_path / "key"), range(64)))
    assert len(set(keys)) == 1


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
def test_a_new_key_is_its_owners_alone_and_a_shared_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_or_make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not is_exposed(path)
    path.chmod(0o640)
    assert is_exposed(path)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_file_that_is_no_key_is_rejected_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(Reject, match="instead of 32"):
        load_or_make_key(path)
    assert path.read_bytes() == content


def test_a_place_where_no_key_can_be_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Reject, match="cannot be made"):
        load_or_make_key(tmp_path / "file" / "key")
    with pytest.raises(Reject, match="cannot be read"):
        load_or_make_key(tmp_path)
