"""Showing one person once: records that speak of a later name are read as speaking of the person who bears it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel

from egregora.privacy.handles import HANDLE

Record = TypeVar("Record", bound=BaseModel)


def as_one(record: Record, same: Mapping[str, str]) -> Record:
    """`record` with each handle that `same` has replaced; counts of one person are added up.

    The very object where it holds none of them.
    """
    before = record.model_dump_json() if same else ""
    after = HANDLE.sub(lambda found: same.get(found[0], found[0]), before)
    if after == before:
        return record
    return type(record).model_validate(json.loads(after, object_pairs_hook=_added))


def _added(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in pairs:
        before = values.get(name)
        values[name] = before + value if isinstance(before, int) and isinstance(value, int) else value
    return values
