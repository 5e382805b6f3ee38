"""The table of Terraform's variables in docs/deploy.md, made from infra/variables.tf.

PYTHONPATH=tests python -m infra.variables    writes it anew
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import hcl2

from infra.terraform import INFRA, ROOT

PAGE = ROOT / "docs" / "deploy.md"
START, END = "<!-- variables -->\n", "<!-- end of variables -->\n"
_FIELD = re.compile(
    r"(\w+) = (?:optional\((\w+(?:\(\w+\))?)(?:, ((?:\[\]|[^()]|\([^()]*\))*?))?\)|(\w+))(?=, \w+ =|\}\))"
)


@dataclass(frozen=True)
class Variable:
    """One variable, as people read of it."""

    name: str
    about: str
    default: str
    """As it would be written; empty where one has to be given."""


def variables() -> Iterator[Variable]:
    """Every variable, in the order of the file."""
    for block in hcl2.loads((INFRA / "variables.tf").read_text(encoding="utf-8"))["variable"]:
        for name, values in block.items():
            about = str(json.loads(values["description"]))
            yield Variable(str(json.loads(name)), about, _default(values.get("default", ...), str(values["type"])))


def table() -> str:
    """All of them as Markdown."""
    rows = [f"| `{one.name}` | {one.about} | {f'`{one.default}`' if one.default else ''} |" for one in variables()]
    return "\n".join(["| variable | what it is | default |", "|---|---|---|", *rows, ""])


def page() -> str:
    """docs/deploy.md with the table as it must be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


def _default(value: object, kind: str) -> str:
    if value is ...:
        return ""
    if value == {} and "object(" in kind:
        fields = [f"{name} = {default or 'null'}" for name, _, default, _ in _FIELD.findall(kind)]
        return f"{{ {', '.join(fields)} }}"
    if value is None or value == "null":
        return "null"
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
