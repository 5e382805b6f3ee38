"""Every post as a JSON document, the same as beside its page on the site, with lists to find them by.

sidecars.json                    title, and the list of each month, newest first
2024/03/sidecars.json            the posts of a month, oldest first
2024/03/17-1f2e3d4c5b/post.json
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from egregora.site import Page, Phase, SiteInput
from egregora.site.archives import month_path
from egregora.site.build import keeping
from egregora.site.edition import Edition
from egregora.site.frame import Frame
from egregora.site.posts import sidecar_page
from egregora.site.stories import Story

LIST = "sidecars.json"


def build_sidecars(site: SiteInput) -> Iterator[Page]:
    """Every document. Nothing is rendered or loaded yet."""
    frame, edition = Frame(site), Edition(site)
    load = keeping(site.load)
    for story in edition.stories:
        yield sidecar_page(frame, edition, story, load)
    for month, stories in edition.months.items():
        listed = [_line(story, month_path(month)) for story in stories]
        yield _list(frame, f"{month_path(month)}{LIST}", Phase.MONTHS, {"posts": listed})
    months = [
        {"posts": len(stories), "href": f"{month_path(month)}{LIST}"} for month, stories in edition.months.items()
    ]
    yield _list(frame, LIST, Phase.HOME, {"title": frame.title, "months": months[::-1]})


def _line(story: Story, folder: str) -> dict[str, str]:
    href = f"{story.folder}post.json".removeprefix(folder)
    return {"id": story.post.id, "title": story.teaser.title, "day": story.day, "href": href}


def _list(frame: Frame, path: str, phase: Phase, values: dict[str, object]) -> Page:
    text = json.dumps({"version": 1, "generator": "Egregora", **values}, ensure_ascii=False, indent=1) + "\n"
    return Page(path, frame.inputs(path, text), phase, text.encode)
