"""The example chat is what its README says, and nothing in it belongs to anyone."""

from __future__ import annotations

import importlib.util
import re
import struct
import zipfile
import zlib
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban

EXAMPLES = Path(__file__).parents[3] / "examples"
TEXT = (EXAMPLES / "WhatsApp Chat with Harbour Street.txt").read_bytes().decode()
STAMP = r"\d\d/\d\d/2025, \d\d:\d\d - "
RECORDS = re.split(rf"^(?={STAMP})", TEXT, flags=re.MULTILINE)[1:]
AUTHORS = ("Maren Vogt", "Nkechi", "Inês Carvalho", "Tomás", "Declan Rourke", "Tariq", "+44 7700 900123")
AUTHORED = re.compile(rf"{STAMP}({'|'.join(map(re.escape, AUTHORS))}): ", re.ASCII)
MEDIA = re.compile(r"\b(?:IMG|PTT|VID|AUD|DOC|STK)-\d{8}-WA\d{4}\.\w+")


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_zip", EXAMPLES / "make_zip.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_zip = load()


def bodies() -> list[tuple[str, str]]:
    """Author and body of every message, notices left out."""
    return [(at[1], record[at.end() :].rstrip("\n")) for record in RECORDS if (at := AUTHORED.match(record))]


def notices() -> list[str]:
    return [record[20:].rstrip("\n") for record in RECORDS if not AUTHORED.match(record)]


def moment(record: str) -> datetime:
    return datetime.strptime(record[:17], "%d/%m/%Y, %H:%M")  # noqa: DTZ007 - exports hold local time


def packed(path: Path, *arguments: str) -> bytes:
    make_zip.main([str(path), *arguments])
    return path.read_bytes()


def test_the_text_is_one_run_of_records_from_its_first_byte() -> None:
    assert "".join(RECORDS) == TEXT
    assert TEXT.endswith("\n")
    assert not re.search(r"[\r\v\f\x85\u2028\u2029\ufeff]|\n\n\n", TEXT)


def test_no_line_looks_like_a_header_of_another_shape() -> None:
    dated = re.findall(r"^\W?\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*", TEXT, re.MULTILINE)
    assert len(dated) == len(RECORDS)
    assert all(re.match(STAMP, line) for line in dated)


def test_time_never_goes_back_and_spans_four_months() -> None:
    times = [moment(record) for record in RECORDS]
    assert times == sorted(times)
    assert (times[0].date(), times[-1].date()) == (date(2025, 1, 6), date(2025, 5, 4))


def test_every_month_is_busy_and_some_days_are_silent() -> None:
    months = Counter(moment(record).month for record in RECORDS)
    assert all(months[month] >= 100 for month in (1, 2, 3, 4))
    days = {moment(record).date() for record in RECORDS}
    assert 60 <= len(days) <= 110


def test_seven_people_write_six_to_eight_hundred_messages() -> None:
    written = Counter(author for author, _ in bodies())
    assert set(written) == set(AUTHORS)
    assert min(written.values()) >= 40
    assert sum(written.values()) == 785


def test_the_readme_gives_the_true_counts() -> None:
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    assert f"{len(bodies())} messages" in readme
    assert f"{len(notices())} notices" in readme
    assert all(f"| {author} |" in readme for author in AUTHORS)


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        (r"<Media omitted>", 3),
        (r"IMG-\d{8}-WA\d{4}\.(?:jpg|png) \(file attached\)", 2),
        (r"IMG-\d{8}-WA\d{4}\.(?:jpg|png) \(file attached\)\n\S.*", 8),
        (r"PTT-\d{8}-WA\d{4}\.opus \(file attached\)", 3),
        (r"POLL:\n.+(?:\nOPTION: .+ \(\d+ votes?\)){2,}", 2),
        (r"Location: https://\S+", 1),
        (r"live location shared", 1),
        (r"Missed (?:voice|video) call", 2),
        (r"This message was deleted", 3),
        (r"You deleted this message", 1),
        (r"(?s:.+) <This message was edited>", 2),
        (r".*https://\S+.*", 12),
        (r"(?s:.*)@\u2068[^\u2069]+\u2069(?s:.*)", 8),
        (r".*@(?:Declan Rourke)\b.*", 1),
        (r"/egregora alias Captain Fern", 1),
        (r"/egregora opt-out", 1),
        (r"(?:.+\n){3,}.+", 2),
        (r"\w+", 20),
        (r"[^\n]*\?", 45),
    ],
)
def test_every_kind_of_message_is_there(pattern: str, least: int) -> None:
    assert sum(bool(re.fullmatch(pattern, body)) for _, body in bodies()) >= least


@pytest.mark.parametrize(
    "pattern",
    [
        r"Messages and calls are end-to-end encrypted\..*",
        r'Maren Vogt created group "Harbour Street"',
        r"Nkechi added \+44 7700 900123",
        r'Maren Vogt changed the group name from ".+" to "Harbour Street: .+"',
        r"\+44 7700 900123 left",
        r"Inês Carvalho changed their phone number to a new number\. .*",
    ],
)
def test_every_kind_of_notice_is_there(pattern: str) -> None:
    assert any(re.fullmatch(pattern, notice) for notice in notices())


def test_whoever_opts_out_wrote_much_and_is_mentioned() -> None:
    (leaver,) = {author for author, body in bodies() if body == "/egregora opt-out"}
    assert sum(author == leaver for author, _ in bodies()) >= 50
    assert sum(leaver.lower() in body.lower() for author, body in bodies() if author != leaver) >= 5


def test_portuguese_and_german_are_each_spoken_by_two() -> None:
    assert {author for author, body in bodies() if re.search(r"\b(?:não|é|está|sim)\b", body)} >= {
        "Inês Carvalho",
        "Tomás",
    }
    assert {author for author, body in bodies() if re.search(r"\b(?:ich|und|der|hat)\b", body)} >= {
        "Maren Vogt",
        "Nkechi",
    }


def test_no_domain_lies_outside_the_reserved_ones() -> None:
    prose = MEDIA.sub("", TEXT)
    hosts = re.findall(r"(?:https?://|@|www\.)((?:[\w-]+\.)+[a-z]{2,})", prose)
    bare = re.findall(r"\b(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|app|co|uk|pt|de|eu|info|me)\b", prose)
    assert len(hosts) >= 12
    assert [host for host in hosts + bare if not re.search(r"(?:^|\.)example\.(?:com|org|net)$", host)] == []
    assert TEXT.count("https://") + TEXT.count("http://") == len(re.findall(r"https?://[\w.-]+/", TEXT))


def test_no_phone_number_lies_outside_the_fictional_ranges() -> None:
    prose = re.sub(STAMP, "", MEDIA.sub("", TEXT)).replace("GB82 WEST 1234 5698 7654 32", "")
    fictional = re.compile(r"(?:07700 ?|\+44 ?7700 ?)900\d{3}|(?:\+1 \d{3} )?555 01\d\d")
    runs = [run.strip() for run in re.findall(r"\+?\d[\d ()-]{6,}\d", prose)]
    found = [
        match.raw_string
        for region in ("GB", "US", "PT", "DE")
        for match in phonenumbers.PhoneNumberMatcher(prose, region, leniency=phonenumbers.Leniency.VALID)
    ]
    assert len(runs) >= 5
    assert len(found) >= 5
    assert [number for number in runs + found if not fictional.fullmatch(number)] == []


def test_one_bank_account_one_mail_address_and_one_american_number_are_there_to_be_hidden() -> None:
    accounts = [run for run in re.findall(r"\b[A-Z]{2}\d\d[A-Z0-9 ]{11,30}\d\b", TEXT) if iban.is_valid(run)]
    assert accounts == ["GB82 WEST 1234 5698 7654 32"]
    assert len(re.findall(r"[\w.]+@example\.com", TEXT)) == 1
    assert len(re.findall(r"555 01\d\d", TEXT)) == 1


def test_the_zip_is_the_same_bytes_twice(tmp_path: Path) -> None:
    assert packed(tmp_path / "one.zip") == packed(tmp_path / "two.zip")


def test_the_zip_holds_the_text_and_exactly_what_it_names(tmp_path: Path) -> None:
    packed(tmp_path / "chat.zip")
    with zipfile.ZipFile(tmp_path / "chat.zip") as archive:
        assert archive.testzip() is None
        first, *media = archive.namelist()
        assert archive.read(first).decode() == TEXT
    assert first == "WhatsApp Chat with Harbour Street.txt"
    assert media == MEDIA.findall(TEXT)
    assert len(set(media)) == len(media) >= 20


def test_media_names_carry_the_day_they_were_sent() -> None:
    for record in RECORDS:
        for name in MEDIA.findall(record):
            assert name[4:12] == f"{moment(record):%Y%m%d}"


def test_each_picture_is_unlike_the_others(tmp_path: Path) -> None:
    packed(tmp_path / "chat.zip")
    with zipfile.ZipFile(tmp_path / "chat.zip") as archive:
        pictures = [archive.read(name) for name in archive.namelist() if name.endswith((".jpg", ".png"))]
    assert len(set(pictures)) == len(pictures)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_a_jpeg_is_closed_and_leaves_no_marker_in_its_scan(seed: int) -> None:
    picture: bytes = make_zip.jpeg(seed)
    assert picture.startswith(b"\xff\xd8\xff\xe0")
    scan = picture[picture.index(b"\xff\xda") + 10 :]
    assert scan.endswith(b"\xff\xd9")
    assert scan[:-2].replace(b"\xff\x00", b"").count(b"\xff") == 0


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_a_png_has_sound_checksums_and_full_rows(seed: int) -> None:
    picture: bytes = make_zip.png(seed)
    at, chunks = 8, {}
    while at < len(picture):
        (size,) = struct.unpack_from(">I", picture, at)
        kind, payload = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", picture, at + 8 + size) == (zlib.crc32(kind + payload),)
        chunks[kind] = payload
        at += 12 + size
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    assert len(zlib.decompress(chunks[b"IDAT"])) == (width + 1) * height


def test_a_voice_note_is_pages_that_follow_one_another() -> None:
    for seed in range(3):
        note: bytes = make_zip.opus(seed)
        pages = note.split(b"OggS")[1:]
        assert [page[1] for page in pages] == [2, 0, 4]
        assert [struct.unpack_from("<I", page, 14)[0] for page in pages] == [0, 1, 2]
        assert struct.unpack_from("<q", pages[-1], 2) == (48_000 * (1 + seed),)


@pytest.mark.parametrize("until", ["2025-01-31", "2025-03-31", "2025-04-15"])
def test_an_earlier_export_is_a_prefix_with_its_own_media(tmp_path: Path, until: str) -> None:
    packed(tmp_path / "early.zip", "--until", until)
    with zipfile.ZipFile(tmp_path / "early.zip") as archive:
        first, *media = archive.namelist()
        early = archive.read(first).decode()
    last = date.fromisoformat(until)
    assert early == "".join(record for record in RECORDS if moment(record).date() <= last)
    assert TEXT.startswith(early)
    assert 0 < len(early) < len(TEXT)
    assert media == MEDIA.findall(early)


def test_until_the_last_day_is_the_whole_and_until_before_the_first_is_nothing() -> None:
    assert make_zip.chat_text(date(2025, 5, 4)) == TEXT
    assert make_zip.chat_text(date(2025, 1, 5)) == ""


def test_the_opt_out_and_the_alias_lie_in_the_first_three_months() -> None:
    early: str = make_zip.chat_text(date(2025, 3, 31))
    assert "/egregora opt-out" in early
    assert "/egregora alias Captain Fern" in early
