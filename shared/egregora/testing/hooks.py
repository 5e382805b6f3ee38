"""A seam around any port: a test sees every call, and decides when it is made, what comes of it, and whether at all."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any, TypeVar, cast


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a port that is about to be made, such as ``blobs.write``; calling it makes it.

    A listing is read whole by then.
    """

    name: str
    arguments: tuple[Any, ...] = field(default=(), repr=False)
    keywords: Mapping[str, Any] = field(default_factory=dict, repr=False)
    make: Callable[..., Any] = field(kw_only=True, repr=False)

    @property
    def key(self) -> str:
        """What the call is about, where its first argument says so: a key, a path, a signature."""
        first = self.arguments[0] if self.arguments else ""
        return first if isinstance(first, str) else str(getattr(first, "signature", ""))

    def __call__(self) -> Any:
        """Make the call."""
        result = self.make(*self.arguments, **self.keywords)
        return iter(list(result)) if isinstance(result, GeneratorType) else result


Around = Callable[[Call], Any]
"""Stands in for each call: makes it or not, before or after whatever else; what it returns or raises is the result."""

Hook = Callable[[str, str], None]
"""Called with ``("blobs.write", "before")``, then ``("blobs.write", "after")``; what it raises reaches the caller."""

Port = TypeVar("Port")


def wrapped(port: Port, name: str, around: Around) -> Port:
    """Wrap `port` so that `around` is handed each call of its methods."""
    return cast(Port, _Wrapped(port, name, around))


def hooked(port: Port, name: str, hook: Hook) -> Port:
    """Wrap `port` so that `hook` is called around each of its methods.

    Raised before, an exception stands for a crash that left no trace; raised after, for one right behind an effect
    that the caller never learnt of. A call that raises by itself has no after. A listing is read whole between the two.
    """
    return wrapped(port, name, around_hook(hook))


def around_hook(hook: Hook) -> Around:
    """Make each call between the two words that `hook` hears of it."""

    def around(call: Call) -> Any:
        hook(call.name, "before")
        result = call()
        hook(call.name, "after")
        return result

    return around


class _Wrapped:
    def __init__(self, port: object, name: str, around: Around) -> None:
        self._port = port
        self._name = name
        self._around = around

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._port, attribute)
        if not callable(value):
            return value

        @functools.wraps(value)
        def method(*arguments: Any, **keywords: Any) -> Any:
            return self._around(Call(f"{self._name}.{attribute}", arguments, keywords, make=value))

        return method
