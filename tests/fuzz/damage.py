"""Damage: changes to an upload, drawn by Hypothesis so that a finding can be made small."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from fuzz.seeds import Files

Draw = Callable[..., Any]

TOKENS: tuple[bytes, ...] = (
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\n\n", b"\xe2\x80\xa8", b"\xe2\x80\x8f", b"\xed\xa0\x80",
    b'"', b"\\", b"\\ud800", b"{", b"}", b"[", b"]", b",", b":", b"<", b">", b"</div>", b"<!--", b"&#0;", b"&#x110000;",
    b"99/99/9999, 99:99 - ", b"[2024-02-30T25:61:61Z] ", b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00+23:59", b"-1",
    b"1e999", b"NaN", b"9" * 40, b"9" * 5000, b"a" * 10_000, b"[" * 3000, b'{"a":' * 1500, b"\t", b";", b"|", b"From ",
    b"---\n",
)  # fmt: skip

VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, 10**30, -(10**30), 0.5, 1e308, -1e308, "", " ", "a", "\0",
    "\ud800", "\u202e", "x" * 5000, "2024-02-30", "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00+14:00",
    "1e400", "-62135596801", [], [[]], [None], {}, {"": None}, {"text": {"text": []}}, [{"type": "link"}],
)  # fmt: skip

NAMES = (
    "result.json",
    "_chat.txt",
    "chat.csv",
    "a.jsonl",
    "users.json",
    "x.html",
    "y.md",
    "z.log",
    "messages_1.json",
    "é\n.txt",
    "n",
)

places = st.integers(0, 2**20)


@st.composite
def uploads(draw: Draw, files: Files) -> Files:
    """`files` with up to four changes."""
    changed = list(files)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(places) % len(changed)
        name, data = changed[at]
        kind = draw(
            st.sampled_from(("value", "line", "token", "flip", "cut", "drop", "code", "name", "twin", "zip", "tar"))
        )
        if kind == "name":
            changed[at] = (draw(st.sampled_from(NAMES)), data)
        elif kind == "twin":
            changed.append((draw(st.sampled_from((name, f"2{name}"))), data))
        elif kind == "zip":
            changed = [
                ("upload.zip", _zipped(changed, draw(st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))))
            ]
        elif kind == "tar":
            changed = [("upload.tar.gz", _tarred(changed))]
        else:
            changed[at] = (name, _CHANGES[kind](draw, data))
    return tuple(changed)


def _value(draw: Draw, data: bytes) -> bytes:
    """One value of a JSON document, or of one of its lines, for another; a key less, or an element twice."""
    lines = data.split(b"\n") if b"\n{" in data.strip() and data[:1] == b"{" else [data]
    line = draw(places) % len(lines)
    try:
        document = json.loads(lines[line])
    except (ValueError, RecursionError):
        return _token(draw, data)
    spots = _spots(document)
    if not spots:
        return _token(draw, data)
    holder, key = spots[draw(places) % len(spots)]
    kind = draw(st.sampled_from(("set", "set", "set", "drop", "twin", "swap")))
    if kind == "drop":
        del holder[key]
    elif kind == "twin" and isinstance(holder, list):
        holder.insert(draw(places) % (len(holder) + 1), holder[key])
    elif kind == "swap":
        other, there = spots[draw(places) % len(spots)]
        holder[key] = json.loads(json.dumps(other[there]))
    else:
        holder[key] = draw(st.sampled_from(VALUES))
    lines[line] = json.dumps(document, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    return b"\n".join(lines)


def _spots(document: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [document] if isinstance(document, dict | list) else []
    while waiting:
        holder = waiting.pop()
        items = list(holder.items() if isinstance(holder, dict) else enumerate(holder))
        found += [(holder, key) for key, _ in items]
        waiting += [value for _, value in items if isinstance(value, dict | list)]
    return found


def _line(draw: Draw, data: bytes) -> bytes:
    """A line moved, doubled, dropped or joined with the next."""
    lines = data.splitlines(keepends=True) or [b""]
    start, end = draw(places) % len(lines), draw(places) % len(lines)
    kind = draw(st.sampled_from(("move", "twin", "drop", "join", "turn")))
    if kind == "turn":
        return b"".join(reversed(lines))
    if kind == "join":
        lines[start] = lines[start].rstrip(b"\r\n")
        return b"".join(lines)
    line = lines[start] if kind == "twin" else lines.pop(start)
    if kind != "drop":
        lines.insert(end, line)
    return b"".join(lines)


def _token(draw: Draw, data: bytes) -> bytes:
    at = draw(places) % (len(data) + 1)
    over = draw(st.sampled_from((0, 0, 1, 4)))
    token: bytes = draw(st.sampled_from(TOKENS))
    return data[:at] + token + data[at + over :]


def _flip(draw: Draw, data: bytes) -> bytes:
    changed = bytearray(data or b"x")
    changed[draw(places) % len(changed)] = draw(st.integers(0, 255))
    return bytes(changed)


def _cut(draw: Draw, data: bytes) -> bytes:
    return data[: draw(places) % (len(data) + 1)]


def _drop(draw: Draw, data: bytes) -> bytes:
    start = draw(places) % (len(data) + 1)
    return data[:start] + data[start + draw(st.integers(1, 200)) :]


def _code(draw: Draw, data: bytes) -> bytes:
    """Another encoding, or other line ends."""
    kind = draw(st.sampled_from(("utf-16", "utf-16-be", "cp1252", "utf-7", "crlf", "cr")))
    if kind in {"crlf", "cr"}:
        return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n" if kind == "crlf" else b"\r")
    return data.decode(errors="replace").encode(kind, errors="replace")


_CHANGES: dict[str, Callable[[Draw, bytes], bytes]] = {
    "value": _value, "line": _line, "token": _token, "flip": _flip, "cut": _cut, "drop": _drop, "code": _code,
}  # fmt: skip


def _zipped(files: list[tuple[str, bytes]], method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in dict(files).items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return buffer.getvalue()


def _tarred(files: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()
