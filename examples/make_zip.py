"""Pack the example chat into the zip that a phone's "Export chat" with media would give.

    python examples/make_zip.py OUT.zip [--until YYYY-MM-DD]

`--until` keeps messages up to the end of that day, as an export made that evening would hold them. The media that the
text names is drawn here: small pictures and seconds of silence, valid and worthless. The same arguments give the same
bytes on every machine, which is why nothing is deflated: compressors differ between versions.
"""

from __future__ import annotations

import argparse
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

EXPORT = Path(__file__).with_name("WhatsApp Chat with Harbour Street.txt")
_STAMP = re.compile(r"^(\d\d)/(\d\d)/(\d{4}), \d\d:\d\d - ", re.MULTILINE)
_ATTACHED = re.compile(r": ([A-Z]{3}-\d{8}-WA\d{4}\.\w+) \(file attached\)$", re.MULTILINE)
_ZIP_TIME = (2025, 5, 4, 12, 0, 0)
_COLUMNS, _ROWS = 24, 16  # blocks of 8 by 8 pixels


def chat_text(until: date | None = None) -> str:
    """The export's text, cut before the first message of a day after `until`."""
    text = EXPORT.read_bytes().decode()
    if until is None:
        return text
    later = (at.start() for at in _STAMP.finditer(text) if date(int(at[3]), int(at[2]), int(at[1])) > until)
    return text[: next(later, len(text))]


def attachment_names(text: str) -> list[str]:
    """The files that the text says are attached, in the order of their messages."""
    return _ATTACHED.findall(text)


def _shades(seed: int) -> list[int]:
    """One grey per block, 0 to 255: a slope whose lean and base differ from seed to seed."""
    base, across, down = seed % 96, seed // 96 % 5, seed // 480 % 7
    return [min(255, base + across * x + down * y) for y in range(_ROWS) for x in range(_COLUMNS)]


def jpeg(seed: int) -> bytes:
    """A baseline JPEG of plain grey blocks: only DC terms, so two tiny Huffman tables will do."""

    def segment(marker: int, payload: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload

    bits, before = "", 0
    for shade in _shades(seed):
        level = shade - 128  # with a quantiser of 8, the DC term is the shade itself
        change, before = level - before, level
        size = abs(change).bit_length()
        value = change if change > 0 else change + (1 << size) - 1
        bits += f"{size:04b}" + (f"{value:0{size}b}" if size else "") + "0"  # the last bit: end of block
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(0xDB, b"\0" + b"\x08" * 64),
            segment(0xC0, struct.pack(">BHHBBBB", 8, _ROWS * 8, _COLUMNS * 8, 1, 1, 0x11, 0)),
            segment(0xC4, b"\0" + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9))),
            segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0"),
            segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            scan,
            b"\xff\xd9",
        )
    )


def png(seed: int) -> bytes:
    """A greyscale PNG with one pixel for each block."""

    def chunk(kind: bytes, payload: bytes) -> bytes:
        return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))

    shades = bytes(_shades(seed))
    rows = b"".join(b"\0" + shades[at : at + _COLUMNS] for at in range(0, len(shades), _COLUMNS))
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF) + rows
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", _COLUMNS, _ROWS, 8, 0, 0, 0, 0)),
            chunk(b"IDAT", stored + struct.pack(">I", zlib.adler32(rows))),
            chunk(b"IEND", b""),
        )
    )


def _ogg_crc(page: bytes) -> int:
    """Ogg's checksum: the polynomial of CRC-32, but most significant bit first and without inversion."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x104C11DB7 if crc & 0x80000000 else 0)
    return crc


def opus(seed: int) -> bytes:
    """One to three seconds of silence as Ogg Opus, in frames of 20 ms."""

    def page(number: int, flags: int, granule: int, packets: list[bytes]) -> bytes:
        lacing = bytes(len(packet) for packet in packets)  # every packet here is under 255 bytes
        head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, seed, number, 0) + bytes([len(packets)])
        whole = head + lacing + b"".join(packets)
        return whole[:22] + struct.pack("<I", _ogg_crc(whole)) + whole[26:]

    frames = 50 * (1 + seed % 3)
    tags = b"OpusTags" + struct.pack("<I", 7) + b"silence" + struct.pack("<I", 0)
    return (
        page(0, 2, 0, [b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)])
        + page(1, 0, 0, [tags])
        + page(2, 4, 960 * frames, [b"\xf8\xff\xfe"] * frames)
    )


_DRAW: dict[str, Callable[[int], bytes]] = {"jpg": jpeg, "png": png, "opus": opus}


def members(until: date | None = None) -> Iterator[tuple[str, bytes]]:
    """Every member of the zip, name and bytes: the text first, then what it attaches."""
    text = chat_text(until)
    yield EXPORT.name, text.encode()
    for name in attachment_names(text):
        yield name, _DRAW[name.rpartition(".")[2]](zlib.crc32(name.encode()))


def write_zip(path: Path, until: date | None = None) -> None:
    """Write the zip to `path`, in place of what may be there."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members(until):
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.create_system = 3  # Unix, whichever system this runs on
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the zip."""
    parser = argparse.ArgumentParser(description="Pack the example chat and its media as a WhatsApp export.")
    parser.add_argument("out", type=Path, help="the zip to write, by custom 'WhatsApp Chat with Harbour Street.zip'")
    parser.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the last day to export")
    chosen = parser.parse_args(arguments)
    write_zip(chosen.out, chosen.until)


if __name__ == "__main__":
    main()
