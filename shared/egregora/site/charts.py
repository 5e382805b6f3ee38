"""Charts as SVG made on the server: shapes and classes only, coloured by the style sheet, readable without it.

Sizes are in the user units of each chart's view box. Every number that a shape stands for is also written as text.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from egregora.site.dates import day_label, month_label

LEVELS = 4
NUMBERED = 12
"""Bars of a chart, up to which each bears its number."""

_CELL = Markup('<rect class="l%d" x="%d" y="%d" width="10" height="10" rx="2"><title>%s: %s</title></rect>')
"""A day of a calendar; a year has 366, so they are put together in the quicker way."""


def level(count: int, largest: int) -> int:
    """How dark a cell is, 0 to 4; by the root, so that one loud day does not drown the others."""
    return math.ceil(LEVELS * math.sqrt(count / largest)) if count and largest else 0


def month_grid(month: str, days: Mapping[str, int], largest: int, links: Mapping[str, str] | None = None) -> Markup:
    """A month (``2024-03``) as a small calendar, Monday first; days with `links` lead somewhere.

    It is a picture to a screen reader, and its links are short cuts of the pointer: the keyboard has the month's name.
    """
    first, length = calendar.monthrange(int(month[:4]), int(month[5:7]))
    cells = []
    for number in range(1, length + 1):
        day = f"{month}-{number:02}"
        count = days.get(day, 0)
        row, column = divmod(first + number - 1, 7)
        cell = _CELL % (level(count, largest), column * 12, row * 12, day_label(day), _messages(count))
        link = (links or {}).get(day)
        cells.append(Markup('<a href="{}" tabindex="-1">{}</a>').format(link, cell) if link else cell)
    label = f"{month_label(month)}: {_messages(sum(days.get(f'{month}-{n:02}', 0) for n in range(1, length + 1)))}"
    return _svg("grid", 82, 70, label, cells)


def bars(values: Sequence[tuple[str, int]], *, label: str, every: int = 1, width: int = 720) -> Markup:
    """Upright bars of messages with a label under every `every`-th; a chart of many bars gets the class "long"."""
    height, top = 120, 30 if len(values) <= NUMBERED else 12
    largest = max((value for _, value in values), default=0) or 1
    step = width / max(1, len(values))
    thick = min(step * 0.72, 48)
    shapes = []
    for place, (name, value) in enumerate(values):
        tall = round(height * value / largest, 1)
        x = round(place * step + (step - thick) / 2, 1)
        middle = round(place * step + step / 2, 1)
        title = Markup("<title>{}: {}</title>").format(name, _messages(value))
        shapes.append(
            Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="1.5">{}</rect>').format(
                x, round(top + height - tall, 1), round(thick, 1), tall, title
            )
        )
        if len(values) <= NUMBERED:
            shapes.append(_label(middle, round(top + height - tall - 8, 1), f"{value:,}"))
        if place % every == 0:
            shapes.append(_label(middle, top + height + 24, name))
    shapes.append(Markup('<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(top + height + 0.5, width))
    return _svg("bars long" if len(values) > 24 else "bars", width, top + height + 32, label, shapes)


def _label(x: float, y: float, text: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(x, y, text)


def hours_chart(hours: Sequence[int]) -> Markup:
    """The 24 hours of the day as bars."""
    values = [(f"{hour:02}", count) for hour, count in enumerate(hours)]
    return bars(values, label="Messages by hour of the day", every=3)


def share(value: int, largest: int) -> Markup:
    """A single lying bar, as long as `value` is of `largest`."""
    part = round(100 * value / largest, 1) if largest else 0
    return Markup(
        '<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100" height="6"/><rect class="bar" width="{}" height="6"/></svg>'
    ).format(part)


def spark(values: Sequence[int]) -> Markup:
    """A small row of bars without words, beside a number that says the same."""
    largest = max(values, default=0) or 1
    shapes = [
        Markup('<rect class="bar" x="{}" y="{}" width="4" height="{}"/>').format(
            place * 6,
            round(24 - max(22 * value / largest, 1.0 if value else 0.4), 1),
            round(max(22 * value / largest, 1.0 if value else 0.4), 1),
        )
        for place, value in enumerate(values)
    ]
    width = max(6 * len(values) - 2, 1)
    return Markup(
        '<svg class="spark" viewBox="0 0 {} 24" width="{}" height="24" aria-hidden="true" focusable="false">{}</svg>'
    ).format(width, width, Markup("").join(shapes))


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"


def _svg(kind: str, width: int, height: int, label: str, shapes: Sequence[Markup]) -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        kind, width, height, label, Markup("").join(shapes)
    )
