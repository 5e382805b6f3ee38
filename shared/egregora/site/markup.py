"""A body's Markdown becomes HTML that is safe to show: raw HTML off, images dropped, sanitised, handles named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from egregora.ids import HANDLE, Handle
from egregora.site.names import SOMEONE, Ref, named

_WEB = re.compile(r"(?i)^(https?://|mailto:)[^\s]+$")
_TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "strong", "em", "s", "code", "pre", "blockquote",
    "ul", "ol", "li", "a", "span", "div", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_CLASSES = {
    "div": {"scroll"},
    "span": {"person"},
    "a": {"person"},
    "th": {"end", "mid"},
    "td": {"end", "mid"},
}
_ALIGNED = {"text-align:right": "end", "text-align:center": "mid"}
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3"}


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Only absolute addresses: a body must not be able to point into the site.
    parser.validateLink = lambda url: bool(_WEB.match(url)) and not HANDLE.search(url)  # type: ignore[method-assign]
    return parser


_PARSER = _parser()


def tokens(body: str, refs: Mapping[Handle, Ref], root: str) -> list[Token]:
    """Parse a body; handles in text become names that lead to `root` + the person's page, in code only names."""
    result = _PARSER.parse(body)
    for token in result:
        if token.tag in {"th", "td"} and "style" in token.attrs:
            # The policy allows no inline style: alignment becomes a class.
            token.attrs = {"class": _ALIGNED.get(str(token.attrs["style"]), "")}
        if token.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            token.tag = _HEADINGS.get(token.tag, "h4")
            token.markup = "#" * int(token.tag[1])
        if token.children is not None:
            token.children = list(_inline(token.children, refs, root))
        elif token.content:
            token.content, token.info = named(token.content, refs), ""
    return result


def body_html(body: str, refs: Mapping[Handle, Ref], root: str) -> str:
    """A body as sanitised HTML."""
    html = _PARSER.renderer.render(tokens(body, refs, root), _PARSER.options, {})
    html = html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        tag_attribute_values={tag: {"class": values} for tag, values in _CLASSES.items()},
        link_rel="nofollow noopener noreferrer ugc",
        url_schemes={"http", "https", "mailto"},
    )


def _inline(children: Sequence[Token], refs: Mapping[Handle, Ref], root: str) -> Iterator[Token]:
    inside = 0
    for token in children:
        inside += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "image":
            # What an image says in words stays; the image itself would be fetched from elsewhere.
            yield _text(named(token.content, refs))
        elif token.type == "text":
            yield from _mentions(token.content, refs, None if inside else root)
        else:
            token.content = named(token.content, refs)
            if "title" in token.attrs:
                del token.attrs["title"]
            yield token


def _mentions(text: str, refs: Mapping[Handle, Ref], root: str | None) -> Iterator[Token]:
    end = 0
    for match in HANDLE.finditer(text):
        yield _text(text[end : match.start()])
        end = match.end()
        ref = refs.get(Handle(match[0]))
        linked = ref is not None and root is not None
        tag = "a" if linked else "span"
        attrs: dict[str, str | int | float] = {"class": "person"}
        if ref is not None and root is not None:
            attrs["href"] = quote(root + ref.href)
        yield Token(f"{'link' if linked else 'name'}_open", tag, 1, attrs=attrs)
        yield _text(ref.name if ref else SOMEONE)
        yield Token(f"{'link' if linked else 'name'}_close", tag, -1)
    yield _text(text[end:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
