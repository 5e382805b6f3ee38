"""Documents that are no app's export."""

from __future__ import annotations

import pytest

from egregora.errors import Unreadable
from egregora.message import Message
from whatsapp_exports import android, chat, codes, export, messages, source, texts, zipped


def rows(found: list[Message]) -> list[tuple[str | None, str | None, str]]:
    return [(m.time, m.author, m.text) for m in found]


class TestTables:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_delimiter_columns_and_encoding_are_found(self, delimiter: str, encoding: str) -> None:
        table = [
            ["datum", "autor", "nachricht"],
            ["2023-05-13 10:00", "Jürgen", '"a,;|b\nzwei ""x"""'],
            ["", "Ann", "b"],
        ]
        data = "\r\n".join(delimiter.join(row) for row in table)
        assert rows(messages(data.encode(encoding), "t.csv")) == [
            ("2023-05-13T10:00:00", "Jürgen", 'a,;|b\nzwei "x"'),
            (None, "Ann", "b"),
        ]

    def test_a_day_and_a_time_in_two_columns_make_one_time(self) -> None:
        data = "date,time,from,text\n13/05/2023,3:04 PM,Ann,hi\n"
        assert rows(messages(data, "t.csv")) == [("2023-05-13T15:04:00", "Ann", "hi")]

    def test_of_columns_that_may_tell_the_time_one_that_does_is_taken(self) -> None:
        data = "timestamp,date,text\n,2023-05-13,a\n1683972000,2023-05-14,\n"
        assert rows(messages(data, "t.csv")) == [("2023-05-13T00:00:00", None, "a"), ("2023-05-13T10:00:00Z", None, "")]

    def test_all_days_together_tell_the_month_from_the_day(self) -> None:
        data = "date,text\n05/06/2023,a\n05/13/2023,b\n"
        assert [m.time for m in messages(data, "t.csv")] == ["2023-05-06T00:00:00", "2023-05-13T00:00:00"]

    def test_what_was_guessed_or_converted_of_the_days_is_said(self) -> None:
        found = export(source("date,text\n04/03/2566,a\n", "t.csv"))
        assert [m.time for m in found.chats[0].messages()] == ["2023-03-04T00:00:00"]
        assert codes(found) == {"date_order_ambiguous": 1, "calendar": 1}

    def test_a_table_without_known_columns_keeps_all_it_says(self) -> None:
        assert rows(messages("fruit,colour\napple,red\n", "t.csv")) == [
            (None, None, "1: fruit\n2: colour"),
            (None, None, "1: apple\n2: red"),
        ]

    def test_longer_and_shorter_rows_are_kept(self) -> None:
        found = messages("author,text\nAnn,hi, more\nBob,x\nEve\n,\n", "t.csv")
        assert rows(found) == [(None, "Ann", "hi, more"), (None, "Bob", "x"), (None, "Eve", "")]

    def test_a_table_in_a_text_needs_columns_that_are_known(self) -> None:
        assert chat("date,author,text\n2023-05-13,Ann,hi\n", "t.txt").platform == "csv"
        assert chat("Dear all, hello\nwe met, and parted\n", "t.txt").platform == "text"

    def test_a_value_that_does_not_end_is_unreadable(self) -> None:
        with pytest.raises(Unreadable, match=r"t\.csv: "):
            messages('author,text\nAnn,hi\nBob,"' + "x\n" * 9_000_000, "t.csv")


class TestJsonLines:
    def test_fields_are_found_by_their_names(self) -> None:
        data = (
            '{"id":"a1","created_at":1683972000,"user":{"name":"Ann"},"body":"hi","reply_to":"a0"}\n'
            '{"id":"a2","created_at":1683972001.5,"user":{"name":"Bob"},"body":["x",{"text":"y"}]}\n'
        )
        found = messages(data, "d.jsonl")
        assert rows(found) == [("2023-05-13T10:00:00Z", "Ann", "hi"), ("2023-05-13T10:00:01.5Z", "Bob", "x\ny")]
        assert [(m.id, m.reply_to) for m in found] == [("a1", "a0"), ("a2", None)]

    @pytest.mark.parametrize(
        ("written", "time"),
        [
            ("2023-05-13T10:00:00+02:00", "2023-05-13T08:00:00Z"),
            ("2023-05-13", "2023-05-13T00:00:00"),
            ("1683972000000", "2023-05-13T10:00:00Z"),
            ("Sat, 13 May 2023 10:00:00 +0000", "2023-05-13T10:00:00Z"),
            ("soon", None),
            ("12", None),
            ("45/13/2023", None),
        ],
    )
    def test_times_are_read_as_they_were_meant_or_not_at_all(self, written: str, time: str | None) -> None:
        found = export(source(f'{{"time":"{written}","text":"a"}}\n', "d.jsonl"))
        assert [m.time for m in found.chats[0].messages()] == [time]
        assert codes(found) == ({} if time else {"no_date": 1})

    def test_what_repeats_is_no_id(self) -> None:
        data = '{"id":7,"text":"a"}\n{"id":7,"text":"b"}\n'
        assert [m.id for m in messages(data, "d.jsonl")] == ["", ""]

    def test_lines_that_are_no_record_are_counted_and_the_rest_is_read(self) -> None:
        found = export(source('{"text":"a"}\n\nnot json\n{"text":"b"}\n[1]\n{"text":', "d.jsonl"))
        assert texts(list(found.chats[0].messages())) == ["a", "b"]
        assert [(w.code, w.count, w.lines) for w in found.report.warnings] == [("bad_lines", 3, (3, 5, 6))]

    def test_nesting_beyond_sense_is_a_bad_line(self) -> None:
        data = '{"text":"a"}\n{"text":"b"}\n{"text":' + "[" * 100_000 + "\n"
        assert codes(export(source(data, "d.jsonl"))) == {"bad_lines": 1}


class TestProse:
    def test_a_file_is_one_message(self) -> None:
        assert texts(messages("\n\nOne.\n\nTwo.\n", "a.txt")) == ["One.\n\nTwo."]

    def test_front_matter_tells_author_time_and_title(self) -> None:
        data = '---\ntitle: "A day"\nauthors: [Ann, Bob]\ndate: 2023-05-13T10:00:00Z\ntags:\n - x\n---\n\nBody\n'
        found = chat(data, "day.md")
        assert rows(list(found.messages())) == [("2023-05-13T10:00:00Z", "Ann, Bob", "# A day\n\nBody")]
        assert found.name == "A day"

    @pytest.mark.parametrize("text", ["---\nno end\n", "---\n---\n\nBody", "+++\ndate = 2023-05-13\n+++\nBody", "---"])
    def test_rules_that_fence_nothing_lose_nothing(self, text: str) -> None:
        said = "\n".join(texts(messages(text, "day.md")))
        assert ("Body" in said) == ("Body" in text)
        assert ("no end" in said) == ("no end" in text)

    def test_a_folder_of_texts_is_one_chat_in_the_order_of_their_days(self) -> None:
        data = zipped({"d/b.md": "---\ndate: 2023-01-01\n---\nfirst", "d/a.md": "---\ndate: 2023-02-01\n---\nsecond"})
        assert texts(messages(data, "diary.zip")) == ["first", "second"]

    def test_a_book_is_parted_between_paragraphs_and_nothing_is_lost(self) -> None:
        book = "\n\n".join(f"{number} " + "word " * 200 for number in range(1_000))
        found = texts(messages(book, "book.txt"))
        assert len(found) > 5
        assert max(map(len, found)) < 300_000
        assert "".join("".join(found).split()) == "".join(book.split())

    @pytest.mark.parametrize(
        "data", [b"", b" \n", b"\0\1\2\3", b"\x89PNG\r\n\x1a\n\0\0", b"<!DOCTYPE html><p>x", b'{"a": 1}', b'[{"a": 1}]']
    )
    def test_what_is_no_text_is_refused(self, data: bytes) -> None:
        with pytest.raises(Unreadable):
            chat(data, "a.txt")


@pytest.mark.parametrize("name", ["notes.txt", "notes.md", "table.csv", "data.jsonl"])
def test_documents_beside_a_chat_were_sent_in_it(name: str) -> None:
    contents = {"table.csv": "author,text\nEve,secret\n", "data.jsonl": '{"text":"secret"}\n{"text":"x"}\n'}
    data = zipped({"_chat.txt": android(["A: hi", "B: ho"]), name: contents.get(name, "secret\n")})
    found = export(source(data, "chat.zip"))
    assert [c.platform for c in found.chats] == ["whatsapp"]


def test_documents_alone_are_read() -> None:
    data = zipped({"notes/a.txt": "one\n", "notes/t.csv": "author,text\nEve,two\n"})
    assert {c.platform for c in export(source(data, "notes.zip")).chats} == {"text", "csv"}
