"""The same documents as a tree of Markdown files, laid out as MkDocs with the Material theme and its blog expects them.

    mkdocs.yml                   for Material for MkDocs
    mkdocs.plain.yml             for MkDocs alone: mkdocs build -f mkdocs.plain.yml
    docs/index.md
    docs/blog/index.md           docs/blog/.authors.yml          docs/blog/posts/2024/03/17-1f2e3d4c5b.md
    docs/archive/index.md        docs/archive/2024/index.md      docs/archive/2024/03/index.md
    docs/undated/1f2e3d4c5b.md   (a blog's posts must have a date)
    docs/people/index.md         docs/people/<slug>.md           docs/people/0.svg
    docs/topics/index.md         docs/topics/<slug>-<hash>.md
    docs/tags.md

Neither configuration names a post: the tree grows without it. Whoever has a site of that kind takes over docs/blog.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from egregora.documents import WindowDocument
from egregora.ids import Handle
from egregora.site import Page, Phase, SiteInput
from egregora.site.catalogue import finds
from egregora.site.dates import UNDATED, clock, day_label, day_of, month_label, parse, span
from egregora.site.edition import Edition, PersonFile, TopicFile, top
from egregora.site.frame import Frame
from egregora.site.markdown_text import body_markdown, escape, front_matter, link, plain
from egregora.site.mkdocs import authors_file, material, plain_mkdocs, portrait, slug_of
from egregora.site.names import SOMEONE, TONES, Ref, named
from egregora.site.stories import Line, Story

LATEST = 20
MORE = "<!-- more -->"
"""How the blog is told where a list's excerpt of a post ends."""
GENERATOR = "Egregora"


def build_markdown(site: SiteInput) -> Iterator[Page]:
    """Every file of the tree. Nothing is rendered or loaded yet."""
    tree = _Tree(Frame(site), Edition(site), site)
    yield tree.text("mkdocs.yml", Phase.ASSETS, material(tree.frame.title, tree.frame.base_url))
    yield tree.text("mkdocs.plain.yml", Phase.ASSETS, plain_mkdocs(tree.frame.title, tree.frame.base_url))
    for tone in range(TONES):
        yield tree.text(f"docs/people/{tone}.svg", Phase.ASSETS, portrait(tone))
    yield tree.text("docs/blog/.authors.yml", Phase.ASSETS, tree.authors())
    for story in tree.edition.stories:
        yield tree.post(story)
    yield from tree.archives()
    yield from tree.people()
    yield from tree.topics()
    yield tree.text("docs/tags.md", Phase.HUBS, f"{_title('Tags')}\n<!-- material/tags -->\n")
    yield tree.text("docs/blog/index.md", Phase.HOME, _title("Posts"))
    yield tree.text("docs/index.md", Phase.HOME, tree.home())


class _Tree:
    def __init__(self, frame: Frame, edition: Edition, site: SiteInput) -> None:
        self.frame, self.edition = frame, edition
        self.description = " ".join(site.settings.description.split())
        self._load: Callable[[str], WindowDocument] = site.load

    def text(self, path: str, phase: Phase, text: str) -> Page:
        """A file that is made at once: hubs are cheap, and their text is what they are made from."""
        return Page(path, self.frame.inputs(path, text), phase, text.encode)

    def authors(self) -> str:
        """Those whom posts name, as the blog introduces them."""
        people = [person for person in self.edition.people.values() if person.stories]
        return authors_file((person.ref, f"{person.messages:,} messages") for person in people)

    def home(self) -> str:
        lines = [_title(self.frame.title)]
        lines += [escape(self.description), ""] if self.description else []
        lines += ["## Latest posts", "", *_listed(self.edition.stories[::-1][:LATEST], ""), ""]
        lines += ["## All of it", "", f"- {link('Archive', 'archive/index.md')}"]
        lines += [f"- {link('People', 'people/index.md')}"]
        return "\n".join([*lines, f"- {link('Topics', 'topics/index.md')}", ""])

    def post(self, story: Story) -> Page:
        path = f"docs/{_post_path(story)}"
        root = "../" * (path.count("/") - 1)
        refs = {handle: _file(ref) for handle, ref in self.edition.names.shown(story.post.handles).items()}
        topics = [_file(ref) for ref in self.edition.topic_refs(story.topics)]
        inputs = self.frame.inputs(path, story.card.content, story.number, refs, topics, story.line)

        def render() -> bytes:
            return _post_text(self._load(story.card.key), story, refs, topics, root).encode()

        return Page(path, inputs, Phase.POSTS, render)

    def archives(self) -> Iterator[Page]:
        years: dict[str, list[str]] = {}
        for month in self.edition.months:
            years.setdefault(month[:4] if month != UNDATED else UNDATED, []).append(month)
        folders = {year: "../undated" if year == UNDATED else year for year in sorted(years, reverse=True)}
        listed = [f"- {link(year.capitalize(), f'{folder}/index.md')}" for year, folder in folders.items()]
        yield self.text("docs/archive/index.md", Phase.HUBS, "\n".join([_title("Archive"), *listed, ""]))
        for year, months in years.items():
            if year == UNDATED:
                yield self._month(year, "docs/undated/index.md")
                continue
            links = [f"- {link(month_label(month), f'{month[5:7]}/index.md')}" for month in months]
            yield self.text(f"docs/archive/{year}/index.md", Phase.HUBS, "\n".join([_title(year), *links, ""]))
            for month in months:
                yield self._month(month, f"docs/archive/{year}/{month[5:7]}/index.md")

    def _month(self, month: str, path: str) -> Page:
        root = "../" * (path.count("/") - 1)
        lines = [_title(month_label(month)), *_listed(self.edition.months[month], root), ""]
        return self.text(path, Phase.MONTHS, "\n".join(lines))

    def people(self) -> Iterator[Page]:
        people = list(self.edition.people.values())
        listed = [f"- {link(person.ref.name, _beside(person.ref))}, {person.messages:,} messages" for person in people]
        yield self.text("docs/people/index.md", Phase.HUBS, "\n".join([_title("People"), *listed, ""]))
        for person in people:
            yield self.text(f"docs/{_file(person.ref).href}", Phase.HUBS, self._person(person))

    def _person(self, person: PersonFile) -> str:
        lines = [_title(person.ref.name), f"{person.messages:,} messages, {len(person.stories):,} posts.", ""]
        notes = [f"- {escape(text)} ({day_label(date)})" for date, text, _ in person.notes[-LATEST:][::-1]]
        lines += ["## What shows in the conversation", "", *notes, ""] if notes else []
        lines += self._counted("Talks about", person.topics)
        return "\n".join([*lines, *self._latest(person.stories)])

    def topics(self) -> Iterator[Page]:
        topics = self.edition.top_topics(self.edition.topics.values())
        listed = [f"- {link(topic.ref.name, _beside(topic.ref))}, {len(topic.stories):,}" for topic in topics[:200]]
        yield self.text("docs/topics/index.md", Phase.HUBS, "\n".join([_title("Topics"), *listed, ""]))
        for topic in topics:
            yield self.text(f"docs/{_file(topic.ref).href}", Phase.HUBS, self._topic(topic))

    def _topic(self, topic: TopicFile) -> str:
        said = [f"- {escape(text)}" for text in list(topic.said.values())[-LATEST:][::-1]]
        lines = [_title(topic.ref.name), *(["## What was said", "", *said, ""] if said else [])]
        lines += self._counted("Comes up with", topic.neighbours)
        return "\n".join([*lines, *self._latest(topic.stories)])

    def _counted(self, title: str, topics: Mapping[str, int]) -> list[str]:
        refs = self.edition.topic_refs(key for key, _ in top(topics, 12))
        links = [f"- {link(ref.name, '../' + _file(ref).href)}" for ref in refs]
        return [f"## {title}", "", *links, ""] if links else []

    def _latest(self, stories: Sequence[Story]) -> list[str]:
        return ["## Latest posts", "", *_listed(stories[-LATEST:][::-1], "../"), ""] if stories else []


def _title(name: str) -> str:
    """The front matter and heading of a page: MkDocs takes its title from the one, readers from the other."""
    return f"{front_matter({'title': plain(name), 'generator': GENERATOR})}\n# {escape(name)}\n"


def _post_path(story: Story) -> str:
    return f"{'blog/posts/' if story.day else ''}{story.folder.rstrip('/')}.md"


def _file(ref: Ref) -> Ref:
    """Where a person or topic stands in this tree."""
    return msgspec.structs.replace(ref, href=f"{ref.href.removesuffix('/index.html')}.md")


def _beside(ref: Ref) -> str:
    return _file(ref).href.rpartition("/")[2]


def _listed(stories: Iterable[Story], root: str) -> list[str]:
    return [_line(story.line, root + _post_path(story)) for story in stories]


def _line(line: Line, path: str) -> str:
    return f"- {link(line.title, path)}, {line.date}"


def _post_text(
    document: WindowDocument, story: Story, refs: Mapping[Handle, Ref], topics: Sequence[Ref], root: str
) -> str:
    post, found = document.posts[story.number], finds(document, story.number)
    people = [refs[handle] for handle in dict.fromkeys(post.people) if handle in refs]
    head = {
        "title": plain(story.line.title),
        "generator": GENERATOR,
        "date": parse(story.day),
        "slug": story.folder.rstrip("/").rpartition("/")[2].partition("-")[2] if story.day else "",
        "authors": [slug_of(ref) for ref in people],
        "description": plain(named(post.standfirst, refs)),
        "people": [plain(ref.name) for ref in people],
        "tags": [plain(ref.name) for ref in topics],
        "offline": document.offline,
    }
    lines = [front_matter(head), f"# {escape(story.line.title)}", "", f"*{escape(named(post.standfirst, refs))}*", ""]
    lines = lines if post.standfirst.strip() else lines[:-2]
    lines += [MORE, ""]
    lines += [f"From {document.messages:,} messages, {span(document.first, document.last) or 'undated'}.", ""]
    lines += [body_markdown(post.body, refs, root), ""]
    # Without a language model, the body is made of just these, and says at its foot how: nothing is said twice.
    if not document.offline:
        lines += _section("Settled", [named(item.text, refs) for item in found.decisions])
        lines += _section("To do", [named(item.text, refs) for item in found.actions])
        lines += _section("Left open", [named(item.text, refs) for item in found.questions])
    for title, listed in (("Who was in it", people), ("What it was about", topics)):
        links = [f"- {link(ref.name, root + ref.href)}" for ref in listed]
        lines += [f"## {title}", "", *links, ""] if links else []
    cited = [
        f"- **{escape(_author(c.author, refs))}** {_when(c.time)}: {escape(named(c.text, refs))}"
        for c in post.citations
    ]
    lines += ["## The messages behind it", "", *cited, ""] if cited else []
    return "\n".join(lines)


def _author(author: Handle | None, refs: Mapping[Handle, Ref]) -> str:
    return refs[author].name if author is not None and author in refs else SOMEONE


def _when(time: str | None) -> str:
    return " ".join(filter(None, (day_label(day_of(time)), clock(time))))


def _section(title: str, items: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {escape(item)}" for item in items), ""] if items else []
