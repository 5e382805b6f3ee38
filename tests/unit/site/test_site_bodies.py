from __future__ import annotations

import re

import markdown  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.site.markdown_text import body_markdown, escape
from egregora.site.markup import body_html
from egregora.site.names import Ref
from magazine import ANA, GONE

REFS = {ANA: Ref("Ana <b>&\"'", "people/ana/index.html", 1)}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "![x](https://tracker.example/pixel.png)",
    "![x](javascript:alert(1))",
    "<https://ok.example/><style>body{display:none}</style>",
    "[x][r]\n\n[r]: javascript:alert(1) 'title'",
    '[x](https://ok.example/ "onmouseover=alert(1)")',
    '[x](https://ok.example/"onmouseover="alert(1))',
    "`<script>alert(1)</script>`",
    "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    "~~~\n</code></pre><script>alert(1)</script>\n~~~",
    "- item\n\n      <script>alert(1)</script>\n\n- `</code><script>`",
    "1. x\n   ```\n   <script>alert(1)</script>\n   ```",
    "> <iframe src='https://evil.example'></iframe>",
    "# <script>alert(1)</script>",
    "| <script> | `<img onerror=x>` |\n|--|--|\n| [a](javascript:x) | </table><script> |",
    "[in](../../status/index.html) [out](//evil.example)",
    "<a href=javascript:alert(1) style=x:y onclick=z>x</a>",
    "<form action=https://evil.example><input name=x>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "<base href=https://evil.example>",
    "**<b onmouseover=alert(1)>x**",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)</script>",
    "<!-- --><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "{: onclick=alert(1) }",
]

TAG = re.compile(r"<\s*/?\s*([a-zA-Z!?][^\s/>]*)([^>]*)>")
PLAIN_TAGS = set(
    "p br hr h1 h2 h3 h4 strong em s code pre blockquote ul ol li a span div table thead tbody tr th td".split()
)


def assert_harmless(html: str) -> None:
    for name, rest in TAG.findall(html):
        assert name.lower() in PLAIN_TAGS, name
        assert not re.search(r"(?i)\b(on\w+|style|src|id)\s*=", re.sub(r'"[^"]*"', '""', rest)), rest
        for address in re.findall(r'href="([^"]*)"', rest):
            assert re.match(r"https?://|mailto:|(\.\./)*people/", address), address


@pytest.mark.parametrize("body", HOSTILE)
def test_a_hostile_body_yields_only_plain_tags_and_web_links(body: str) -> None:
    assert_harmless(body_html(body, REFS, "../../../"))


@pytest.mark.parametrize("body", HOSTILE)
def test_a_hostile_body_stays_harmless_in_the_markdown_tree(body: str) -> None:
    text = body_markdown(body, REFS, "../../../")
    html = markdown.markdown(text, extensions=["toc", "tables", "fenced_code"])
    # MkDocs gives headings ids of its own; nothing else may carry one.
    assert_harmless(re.sub(r'(<h\d) id="[^"]*"', r"\1", html))


@given(st.lists(st.sampled_from([*HOSTILE, "\n", "\n\n", "    ", "- ", "> ", "`", "<", "](", "*", "text"]), max_size=8))
def test_pieces_of_hostile_bodies_in_any_order_stay_harmless(pieces: list[str]) -> None:
    body = "".join(pieces)
    assert_harmless(body_html(body, REFS, ""))
    html = markdown.markdown(body_markdown(body, REFS, ""), extensions=["toc", "tables", "fenced_code"])
    assert_harmless(re.sub(r'(<h\d) id="[^"]*"', r"\1", html))


def test_links_out_carry_the_marks_of_untrusted_ones() -> None:
    html = body_html("[x](https://ok.example/?a=1&b=2)", {}, "")
    assert html == '<p><a href="https://ok.example/?a=1&amp;b=2" rel="nofollow noopener noreferrer ugc">x</a></p>\n'


def test_an_image_is_reduced_to_its_words() -> None:
    assert body_html("a ![the *view*](https://x.example/y.png) b", {}, "") == "<p>a the *view* b</p>\n"


def test_a_handle_in_running_text_becomes_a_link_to_the_person() -> None:
    html = body_html(f"and {ANA} said", REFS, "../")
    assert 'and <a class="person" href="../people/ana/index.html"' in html
    assert ">Ana &lt;b&gt;&amp;\"'</a> said" in html


@pytest.mark.parametrize(
    "body",
    ["`{who}`", "```\n{who}\n```", "    {who}", "[{who}](https://ok.example)", "![{who}](https://x.example/y.png)"],
)
def test_a_handle_inside_code_or_a_link_becomes_a_name_without_a_link(body: str) -> None:
    html = body_html(body.format(who=ANA), REFS, "../")
    assert ANA not in html
    assert "Ana &lt;b&gt;" in html
    assert "people/ana" not in html


def test_a_handle_inside_an_address_makes_no_link() -> None:
    assert "href" not in body_html(f"[x](https://ok.example/{GONE})", {}, "")


def test_a_handle_nobody_is_known_by_becomes_someone() -> None:
    html = body_html(f"then {GONE} left", REFS, "../")
    assert GONE not in html
    assert 'then <span class="person">someone</span> left' in html


def test_headings_never_outrank_the_title_and_carry_no_ids() -> None:
    assert body_html("# a\n\n## b\n\n### c\n\n##### d", {}, "") == "<h2>a</h2>\n<h2>b</h2>\n<h3>c</h3>\n<h4>d</h4>\n"


@given(st.text(max_size=80))
def test_escaped_text_reads_the_same_after_any_markdown(text: str) -> None:
    line = " ".join("".join(c for c in text if c.isprintable() or c == " ").split())
    html = markdown.markdown(f"x {escape(line)}")
    shown = re.sub(r"<[^>]*>", "", html).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    shown = shown.replace("&#124;", "|").replace("&amp;", "&")
    assert re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), shown).split() == ["x", *line.split()]
