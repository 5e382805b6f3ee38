"""Markdown that any processor shows as it was meant: used for the Markdown tree, where raw HTML cannot be turned off.

No ``<`` of the input is ever written, and every mark that could begin something is escaped, so that a body stays what
it was parsed as whichever dialect reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import quote

from markdown_it.tree import SyntaxTreeNode

from egregora.ids import Handle
from egregora.site.markup import tokens
from egregora.site.names import Ref

_SPECIAL = re.compile(r"[\\`*_\[\]{}]")
_ENTITIES = {ord(c): f"&#{ord(c)};" for c in "|~"} | {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_LINE_START = re.compile(r"^(\s*)(#+|[-+=:]|\d+(?=[.)]))")
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", '"': "”"})
_MARKS = {"strong": "**", "em": "*"}


def escape(text: str) -> str:
    """Plain text as one line of Markdown that reads the same."""
    line = _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()).translate(_ENTITIES))
    return _LINE_START.sub(lambda match: f"{match[1]}&#{ord(match[2][0])};{match[2][1:]}", line)


def plain(text: str) -> str:
    """Text for a title or a front matter, which themes may show unescaped, and within an attribute, too."""
    line = " ".join(text.split()).translate(_LOOKALIKES)
    return "".join(c for c in line if c.isprintable())


def front_matter(values: Mapping[str, object]) -> str:
    """YAML front matter."""
    lines = [f"{key}: {yaml(value)}" for key, value in values.items() if value]
    return "\n".join(["---", *lines, "---", ""])


def yaml(value: object) -> str:
    """A value as JSON, which YAML reads alike; but a date as YAML writes dates."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def link(name: str, path: str) -> str:
    """A link to another file of the tree."""
    return f"[{escape(name)}]({quote(path)})"


def body_markdown(body: str, refs: Mapping[Handle, Ref], root: str) -> str:
    """A body written anew from what it was parsed as. `refs` lead to Markdown files, from `root`."""
    tree = SyntaxTreeNode(tokens(body, refs, root))
    return "\n\n".join(filter(None, (_block(node, nested=False) for node in tree.children)))


def _block(node: SyntaxTreeNode, *, nested: bool) -> str:
    if node.type in {"paragraph", "heading"}:
        line = _inline(node.children[0]) if node.children else ""
        return f"{'#' * int(node.tag[1])} {line}" if node.type == "heading" else line
    if node.type in {"fence", "code_block"}:
        return _code_block(node.content, nested=nested)
    if node.type == "hr":
        return "* * *"
    return _table(node) if node.type == "table" else _container(node)


def _container(node: SyntaxTreeNode) -> str:
    inner = [_block(child, nested=True) for child in node.children]
    if node.type == "blockquote":
        return "\n".join(f"> {line}".rstrip() for line in "\n\n".join(inner).split("\n"))
    if node.type in {"bullet_list", "ordered_list"}:
        marks = [f"{place}." if node.type == "ordered_list" else "-" for place in range(1, len(inner) + 1)]
        return "\n".join(f"{mark:<4}{_indented(item)}" for mark, item in zip(marks, inner, strict=True))
    return "\n\n".join(filter(None, inner))


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _code_block(content: str, *, nested: bool) -> str:
    """Code with HTML in it, or inside a list, is written with entities: processors differ on what they see in it."""
    lines = content.rstrip("\n").split("\n")
    if nested:
        return "<br>".join(_code(line) for line in lines)
    if re.search(r"[<&`~]", content):
        text = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<pre><code>{text}\n</code></pre>"
    return "\n".join(["```", *lines, "```"])


def _code(content: str) -> str:
    line = " ".join(content.split("\n"))
    if not line.strip():
        return ""
    return f"<code>{escape(line)}</code>" if re.search(r"[<&`|\\]", line) else f"`{line}`"


def _table(node: SyntaxTreeNode) -> str:
    rows = [[_inline(cell.children[0]) for cell in row.children] for part in node.children for row in part.children]
    head, *others = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *others])


def _inline(node: SyntaxTreeNode) -> str:
    return "".join(_span(child) for child in node.children)


def _span(node: SyntaxTreeNode) -> str:
    if node.type == "text":
        return _keeping_edges(node.content)
    if node.type == "softbreak":
        return " "
    if node.type == "hardbreak":
        return "<br>"
    if node.type == "code_inline":
        return _code(node.content)
    inner = _inline(node)
    if node.type == "link":
        target = str(node.attrs.get("href", "")).replace("(", "%28").replace(")", "%29")
        return f"[{inner}]({target})"
    mark = _MARKS.get(node.type, "") if inner.strip() == inner and inner else ""
    return f"{mark}{inner}{mark}"


def _keeping_edges(text: str) -> str:
    """Escaped text with the single space at its ends that separates it from its neighbours."""
    if not text.strip():
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{escape(text)}{' ' if text[-1].isspace() else ''}"
