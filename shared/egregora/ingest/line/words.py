"""What LINE writes in the place of pictures, calls and the like, and what it calls a chat."""

from __future__ import annotations

import re

from egregora.message import Kind

_WORDS: dict[Kind, str] = {
    "media_omitted": """
        photo|photos|image|video|videos|sticker|stickers|gif|album|file|voice message|voice messages|audio|contact
        写真|動画|スタンプ|ボイスメッセージ|音声メッセージ|音声|ファイル|アルバム|連絡先
        照片|圖片|影片|貼圖|語音訊息|檔案|相簿|聯絡資訊|图片|视频|贴图|语音信息|文件|相册
        사진|동영상|스티커|음성 메시지|파일|앨범|연락처
        รูป|รูปภาพ|ภาพ|วิดีโอ|สติกเกอร์|ข้อความเสียง|ไฟล์|อัลบั้ม
        foto|stiker|pesan suara
    """,
    "location": "location|位置情報|位置資訊|位置信息|위치|위치정보|ตำแหน่งที่ตั้ง|ที่ตั้ง|lokasi",
    "poll": "poll|投票|アンケート|투표|โพล|polling",
    "call": "call|通話|語音通話|视频通话|통화|การโทร",
}
_KINDS: dict[str, Kind] = {
    word.strip(): kind for kind, words in _WORDS.items() for line in words.split("\n") for word in line.split("|")
}
_UNBRACKETED = frozenset(
    "Photos Stickers Videos 写真 スタンプ 動画 照片 圖片 貼圖 影片 사진 스티커 동영상 รูป สติกเกอร์ วิดีโอ".split()
)
"""What the desktop version writes, which uses no brackets."""

_CALL = re.compile(r"☎|(?:Call time|通話時間|通话时间|통화시간|เวลาโทร) ", re.IGNORECASE)
_UNSENT = re.compile(
    r"(?:.{0,60} )?unsent a (?:message|photo)\.?\Z|(?:.{0,60}が)?(?:メッセージの)?送信を?取り?消しました。?\Z"
    r"|.{0,60}已?收回了?(?:一則)?(?:訊息|消息)。?\Z|.{0,60}메시지(?:를| 전송을) 취소했습니다\.?\Z"
    r"|.{0,60}ยกเลิก(?:การส่ง)?ข้อความ(?:แล้ว)?\Z",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r".{0,80}(?:joined the (?:chat|group)|left the (?:chat|group)|has left|invited .{1,80} to the group"
    r"|グループに参加しました|(?:グループ)?(?:から)?退(?:出|会)しました|を招待しました|加入聊天|加入群組|已退出群組|退出群组"
    r"|참여했습니다|나갔습니다|เข้าร่วมกลุ่ม|ออกจากกลุ่ม)[.。]?\Z"
)
_PHRASES: tuple[tuple[re.Pattern[str], Kind], ...] = ((_CALL, "call"), (_UNSENT, "deleted"), (_NOTICE, "system"))
_HINT = re.compile(r"[☎参退招加已취참나เอ通통]|unsent|取り?消|收回|ยกเลิก|joined|left|invited|Call", re.IGNORECASE)
"""What some phrase holds: most texts do not, and are told from phrases by it at once."""

_TITLES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:Chat history|Chat) (?:with|in) (?P<name>.+)",
        r"(?P<name>.+?)(?:との|の)トーク(?:履歴)?",
        r"[與与和] ?(?P<name>.+?) ?的聊天(?:[記记][錄录]|紀錄)?",
        r"(?P<name>.+?)(?:님)?(?:과|와)의 대화(?: ?내용)?",
        r"ประวัติการ(?:แชท|สนทนา)กับ ?(?P<name>.+)",
        r"(?:Riwayat )?(?:chat|obrolan) dengan (?P<name>.+)",
    )
)
TITLE = re.compile(r"\ufeff?\[LINE\] ?(?P<title>.+)")
"""The first line of an export."""


def kind(text: str) -> Kind:
    """What a body is; `text` where it says nothing else."""
    if not text:
        return "empty"
    if len(text) > 200:
        return "text"
    if _HINT.search(text):
        for pattern, meaning in _PHRASES:
            if pattern.match(text):
                return meaning
    if text in _UNBRACKETED:
        return "media_omitted"
    bracketed = text.startswith("[") and text.endswith("]")
    return _KINDS.get(text[1:-1].strip().casefold(), "text") if bracketed else "text"


def name(title: str) -> str | None:
    """The chat's name in a title; None where it is not told apart."""
    for pattern in _TITLES:
        if found := pattern.fullmatch(title.strip().removesuffix(".txt")):
            return found["name"].strip()
    return None
