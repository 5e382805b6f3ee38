from __future__ import annotations

import pytest

from egregora.message import Message
from egregora.privacy.handles import Handles
from egregora.privacy.protection import Protector
from egregora.settings import PrivacySettings


def protect(text: str, *, region: str | None = None, redact: bool = True) -> str:
    protector = Protector(Handles(b"k" * 32), ["Ana"], [], PrivacySettings(region=region, redact=redact))
    (message,) = protector.protect([Message(author="Ana", text=text)])
    return message.text


FOUND = [
    ("call +44 7700 900123 now", "call [phone] now"),
    ("+1 (212) 555-0123.", "[phone]."),
    ("+55 11 98765-4321", "[phone]"),
    ("+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", "[phone]"),
    ("0044 7700 900123", "[phone]"),
    ("07700 900123", "[phone]"),
    ("(020) 7946 0958", "[phone]"),
    ("06 12 34 56 78", "[phone]"),
    ("06.12.34.56.78", "[phone]"),
    ("0151 23456789", "[phone]"),
    ("555-123-4567", "[phone]"),
    ("(555) 123-4567", "[phone]"),
    ("(11) 98765-4321", "[phone]"),
    ("11 98765-4321", "[phone]"),
    ("tel: 612345678", "tel: [phone]"),
    ("my mobile number 7123456, ok", "my mobile number [phone], ok"),
    ("@447700900999 look", "[phone] look"),
    ("https://wa.me/447700900999", "https://wa.me/[phone]"),
    ("<a href=tel:+447700900999>", "<a href=tel:[phone]>"),
    ("https://api.whatsapp.com/send?phone=447700900999&text=hi", "https://api.whatsapp.com/send?phone=[phone]&text=hi"),
    ("write to foo.bar+x@mail.example.co.uk!", "write to [e-mail]!"),
    ("mailto:foo@example.org", "[e-mail]"),
    ("почта@пример.рф", "[e-mail]"),
    ("4111 1111 1111 1111", "[card]"),
    ("5555-5555-5555-4444", "[card]"),
    ("378282246310005", "[card]"),
    ("GB29 NWBK 6016 1331 9268 19 please", "[iban] please"),
    ("de89370400440532013000", "[iban]"),
    ("PT50 0002 0123 1234 5678 9015 4", "[iban]"),
    ("CPF 529.982.247-25", "CPF [id]"),
    ("52998224725", "[id]"),
    ("11.222.333/0001-81", "[id]"),
    ("SSN 536-90-4399", "SSN [id]"),
    ("12345678Z", "[id]"),
    ("X1234567L", "[id]"),
    ("NIF 501442600", "NIF [id]"),
    ("NIF: 501 442 600", "NIF: [id]"),
    ("Steuer-ID 36574261809", "Steuer-ID [id]"),
    ("36 574 261 809", "[id]"),
    ("2 95 10 99 126 111 93", "[id]"),
    ("AB 12 34 56 C", "[id]"),
    ("RCCMNL83S18D969H", "[id]"),
    ("2341 2341 2346", "[id]"),
    ("ACUPA7085R", "[id]"),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_what_could_find_a_person_becomes_a_mark(text: str, expected: str) -> None:
    assert protect(text) == expected
    assert protect(expected) == expected


@pytest.mark.parametrize("text", [text for text, _ in FOUND])
def test_nothing_is_marked_where_redaction_is_off(text: str) -> None:
    assert protect(text, redact=False) == text


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-15 10:30:00",
        "15/03/2024, 10:30",
        "01-02-2024 10:30",
        "01 02 2024 at 9",
        "12.05.2024 10:30 - 11:45",
        "20240315T103000Z",
        "20240315103000",
        "from 09:00 to 17:30, 18:00-19:30",
        "1,234,567.89 EUR",
        "R$ 1.234.567,89",
        "€1234567 and 1234567€",
        "costs 12 500 000 in all",
        "order 123456789012",
        "Bestellnummer 4006381333931, EAN 4222222222222",
        "tracking 1Z999AA10123456784",
        "52.370216, 4.895168",
        "-23.550520,-46.633308",
        "https://www.google.com/maps/@52.3702157,4.8951679,15z",
        "https://example.org/status/1234567890123456789?x=0123456789",
        "https://example.org/4111111111111111",
        "https://medium.com/@someone/a-post-529982247",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "550e8400-e29b-41d4-a716-446655440000",
        "1700000000 1700000000123",
        "192.168.100.200:8080",
        "ISBN 978-3-16-148410-0",
        "react@18.2.0 and user@host",
        "version 10.15.7.12345678",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "scores 3-1 2-0 1-1 0-0 4-2 5-3",
        "0800 1800 2200",
        "2024 2025 2026 2027",
        "10 + 20 + 30 + 40 = 100",
        "+1 for Saturday, +2 for Sunday",
        "π = 3.14159265358979",
        "flight TP1234567 gate 12",
        "100000000000000",
        "room 000123456789",
        "1234 5678 9012 3456",
        "temperature -12345678",
        "hex 0x1234567890",
        "AB12 3CD, SW1A 1AA",
        "🎂 12345678 🎂",
    ],
)
def test_ordinary_numbers_survive(text: str) -> None:
    assert protect(text) == text


def test_a_region_makes_its_national_numbers_known() -> None:
    assert protect("ring 9876543210 or 612 345 678") == "ring 9876543210 or 612 345 678"
    assert protect("ring 9876543210", region="IN") == "ring [phone]"
    assert protect("llama al 612 345 678", region="ES") == "llama al [phone]"
    assert protect("on 2024-03-15 at 10:30", region="ES") == "on 2024-03-15 at 10:30"


def test_several_kinds_in_one_message_are_all_marked() -> None:
    text = "a@b.org, +44 7700 900999 and 4111 1111 1111 1111\nGB29NWBK60161331926819"
    assert protect(text) == "[e-mail], [phone] and [card]\n[iban]"


@pytest.mark.parametrize(
    "text",
    [
        piece * (40_000 // len(piece))
        for piece in ("1", "0 ", "01234 ", "a.", "@", "a@", "GB29 ", "+1 ", "0-", "tel 1 ")
    ],
)
@pytest.mark.slow
def test_a_hostile_message_is_worked_on_in_one_go(text: str) -> None:
    assert isinstance(protect(text, region="GB"), str)
