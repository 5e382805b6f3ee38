"""A seam around any port: a test hears of every call before and after it, and may raise or wait there."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import GeneratorType
from typing import Any, TypeVar, cast

Hook = Callable[[str, str], None]
"""Called with ``("blobs.write", "before")``, then ``("blobs.write", "after")``; what it raises reaches the caller."""

Port = TypeVar("Port")


def hooked(port: Port, name: str, hook: Hook) -> Port:
    """Wrap `port` so that `hook` is called around each of its methods.

    Raised before, an exception stands for a crash that left no trace; raised after, for one right behind an effect
    that the caller never learnt of. A call that raises by itself has no after. A listing is read whole between the two.
    """
    return cast(Port, _Hooked(port, name, hook))


class _Hooked:
    def __init__(self, port: object, name: str, hook: Hook) -> None:
        self._port = port
        self._name = name
        self._hook = hook

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._port, attribute)
        if not callable(value):
            return value
        call = f"{self._name}.{attribute}"

        @functools.wraps(value)
        def around(*args: Any, **kwargs: Any) -> Any:
            self._hook(call, "before")
            result = value(*args, **kwargs)
            if isinstance(result, GeneratorType):
                result = iter(list(result))
            self._hook(call, "after")
            return result

        return around
