"""What MkDocs, the Material theme and its blog need beside a tree's pages. Nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from egregora.site.markdown_text import plain, yaml
from egregora.site.names import Ref

_NAV = {"Home": "index.md", "Archive": "archive/index.md", "People": "people/index.md", "Topics": "topics/index.md"}
_BLOG_NAV = {"Posts": "blog/index.md", "Tags": "tags.md"}
_NOT_IN_NAV = "/archive/\n/people/\n/topics/\n/undated/\n"
_THEME = {
    "name": "material",
    "font": False,
    "features": ["navigation.tabs", "navigation.indexes", "navigation.top", "search.suggest", "search.highlight"],
    "palette": [
        {
            "media": "(prefers-color-scheme: light)",
            "scheme": "default",
            "toggle": {"icon": "material/weather-night", "name": "Dark"},
        },
        {
            "media": "(prefers-color-scheme: dark)",
            "scheme": "slate",
            "toggle": {"icon": "material/weather-sunny", "name": "Light"},
        },
    ],
}
_BLOG = {
    "archive": False,  # the tree has one of its own, by month and in lines
    "categories": False,
    "post_url_format": "{date}/{slug}",
    "post_excerpt_max_authors": 3,
}
_COLOURS = ("#b4532a", "#8a6d1f", "#4f7a34", "#2a7f6f", "#2d6d9e", "#5a5fb0", "#8b4f9f", "#a8456b")


def material(title: str, address: str) -> str:
    """The configuration for Material for MkDocs."""
    nav = {"Home": _NAV["Home"], "Posts": _BLOG_NAV["Posts"], **_NAV, "Tags": _BLOG_NAV["Tags"]}
    plugins: list[object] = ["search", {"blog": _BLOG}, "tags"]
    return _configuration(title, address, nav, _NOT_IN_NAV, theme=_THEME, plugins=plugins)


def plain_mkdocs(title: str, address: str) -> str:
    """The configuration for MkDocs without the theme."""
    hidden = f"{_NOT_IN_NAV}/blog/\n/tags.md\n"
    return _configuration(title, address, _NAV, hidden, theme={"name": "mkdocs"}, plugins=["search"])


def authors_file(people: Iterable[tuple[Ref, str]]) -> str:
    """The blog's file of authors: everybody by slug, with a line on them."""
    authors = {
        slug_of(ref): {
            "name": plain(ref.name),
            "description": line,
            "avatar": f"people/{ref.tone}.svg",
            "url": f"people/{slug_of(ref)}/",
        }
        for ref, line in people
    }
    listed = [f"  {yaml(slug)}: {yaml(author)}" for slug, author in sorted(authors.items())]
    return "\n".join(["authors:", *listed, ""]) if listed else "authors: {}\n"


def slug_of(ref: Ref) -> str:
    """What a person is called in addresses: ``people/<slug>``, and what follows."""
    return ref.href.split("/")[1].removesuffix(".md")


def portrait(tone: int) -> str:
    """A picture of nobody, for people of one colour."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" fill="{_COLOURS[tone]}"/>'
        '<g fill="#fff" fill-opacity=".85"><circle cx="32" cy="25" r="11"/><path d="M10 64a22 22 0 0 1 44 0z"/></g>'
        "</svg>\n"
    )


def _configuration(title: str, address: str, nav: dict[str, str], hidden: str, **others: object) -> str:
    values = {
        "site_name": plain(title),
        **({"site_url": address} if address else {}),
        "docs_dir": "docs",
        "nav": [{name: path} for name, path in nav.items()],
        "not_in_nav": hidden,
        "markdown_extensions": [{"toc": {"permalink": True}}],
        **others,
    }
    return "".join(f"{key}: {yaml(value)}\n" for key, value in values.items())
