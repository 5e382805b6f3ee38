from __future__ import annotations

import pytest

from egregora.ingest.whatsapp import kinds
from egregora.message import Attachment
from whatsapp_exports import android, messages


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("\u200e", "empty"),
        ("<Media omitted>", "media_omitted"),
        ("<media omitted>", "media_omitted"),
        ("<Medien ausgeschlossen>\n4Bit Addierer.mod", "media_omitted"),
        ("\u200eimage omitted", "media_omitted"),
        ("Bild weggelassen", "media_omitted"),
        ("Report.pdf • \u200e3 pages \u200edocument omitted", "media_omitted"),
        ("<מדיה הושמטה>", "media_omitted"),
        ("This message was deleted", "deleted"),
        ("\u200eYou deleted this message.", "deleted"),
        ("Mensagem apagada", "deleted"),
        ("此消息已删除", "deleted"),
        ("Missed voice call", "call"),
        ("\u200eVideo call, \u200e5 min", "call"),
        ("\u200eVoice call. \u200eNo answer", "call"),
        ("Verpasster Sprachanruf um 10:30", "call"),
        ("Llamada perdida", "call"),
        ("POLL:\nWhen?\nOPTION: Mon: morning (2 votes)", "poll"),
        ("\u200eENCUESTA:\n¿Cuándo?\n\u200eOPCIÓN: Lun (0 votos)", "poll"),
        ("Location: https://maps.google.com/?q=51.5,-0.09", "location"),
        ("localização: https://maps.google.com/?q=-23.5,-46.6", "location"),
        ("https://maps.app.goo.gl/abc", "location"),
        ("live location shared", "location"),
    ],
)
def test_lines_of_whatsapps_own_have_their_kind(body: str, kind: str) -> None:
    assert kinds.read(body).kind == kind


@pytest.mark.parametrize(
    "body",
    [
        "see report.pdf (file attached) please",
        "I like this (a lot)",
        "2 < 3 and 5 > 4",
        "<b>bold</b>",
        "Missed voice calls make me sad",
        "Missed voice call? I was out",
        "This message was deleted by mistake, sorry",
        "POLL:\nI have no idea",
        "Audio omitted scenes are the best",
        "we are at https://maps.google.com/?q=1,2 now",
        "Locations: https://maps.google.com/?q=1,2",
    ],
)
def test_what_people_write_is_text(body: str) -> None:
    assert kinds.read(body) == kinds.TEXT


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("IMG-20230513-WA0001.jpg (file attached)", "IMG-20230513-WA0001.jpg"),
        ("\u200eContract v2 (final).docx (bestand bijgevoegd)", "Contract v2 (final).docx"),
        ("IMG-20230513-WA0011.jpg (file attached)\ncaption", "IMG-20230513-WA0011.jpg"),
        ("IMG-20230513-WA0011.jpg (xyz abc)", "IMG-20230513-WA0011.jpg"),
        ("\u200e<attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg>", "00000042-PHOTO-2020-06-07-15-13-20.jpg"),
        ("< attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg >", "00000042-PHOTO-2020-06-07-15-13-20.jpg"),
        ("<Anhang: 00000021-VCARD.vcf>", "00000021-VCARD.vcf"),
        ("<pièce jointe : photo.jpg>", "photo.jpg"),
        ("a caption \u200e<adjunto: 00000042-PHOTO-2020-06-07-15-13-20.jpg>", "00000042-PHOTO-2020-06-07-15-13-20.jpg"),
        ("2015-08-04-PHOTO-00004762.jpg <\u200eattached>", "2015-08-04-PHOTO-00004762.jpg"),
        ("IMG-20230513-WA0001.jpg（文件附件）", None),
    ],
)
def test_a_file_that_was_sent_is_named(body: str, name: str | None) -> None:
    reading = kinds.read(body)
    assert reading.attachments == ((Attachment(name),) if name else ())
    assert reading.kind == ("attachment" if name else "text")


def test_a_member_of_the_archive_confirms_words_that_no_table_knows() -> None:
    body = "holiday.jpg (ipakatorz)"
    assert kinds.read(body).kind == "text"
    assert kinds.read(body, frozenset({"holiday.jpg"})).attachments == (Attachment("holiday.jpg", present=True),)


@pytest.mark.parametrize("tail", ["<This message was edited>", "\u200e<Diese Nachricht wurde bearbeitet.>"])
def test_an_edited_message_is_marked_and_keeps_its_text(tail: str) -> None:
    _, message = messages(android(["A: one", f"B: fixed {tail}"]))
    assert (message.kind, message.edited, message.text) == ("text", True, f"fixed {tail}")


def test_every_kind_is_told_in_a_stream_as_it_is_alone() -> None:
    bodies = ["hi", "<Media omitted>", "POLL:\nq\nOPTION: a", "", "x (y)", "IMG-20230513-WA0001.jpg (file attached)\nc"]
    found = messages(android(f"A: {b}" for b in bodies))
    assert [m.kind for m in found] == [kinds.read(b).kind for b in bodies]
