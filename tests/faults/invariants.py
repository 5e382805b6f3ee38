"""What must hold once nothing is left to do, whatever happened before: one function, used after every scenario.

I1  every message of the archive lies in exactly one live leaf window, and the archive is what was uploaded
I2  no request is paid for twice but where a process died with the answer in its hands, and no window has more attempts
    than it may
I3  every entry that a plan refers to ends terminal, and every pointer of a DONE one leads to its own document
I4  the site shows exactly the live DONE leaves, to the byte as a publish from nothing would
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from egregora.documents import WindowDocument
from egregora.ids import sha256
from egregora.message import Message
from egregora.pipeline.catalogue import load_document
from egregora.pipeline.deployment import Deployment
from egregora.pipeline.gathering import gather
from egregora.pipeline.leaves import Leaf, find_leaves, read_entries
from egregora.pipeline.publishing import publish_site
from egregora.testing import MemorySink
from faults.system import System

Said = tuple[str | None, str]
"""A message's time and text."""

_POST = re.compile(r"(?:\d{4}/\d\d/\d\d-|undated/)([0-9a-f]{10})(?:-\d+)?/index\.html")
_rendered: dict[str, str] = {}
"""What sites were rendered from nothing, by what they were made from."""


def said(messages: Iterable[Message]) -> Counter[Said]:
    """Messages as I1 counts them."""
    return Counter((m.time, m.text) for m in messages)


def check(system: System, expected: Counter[Said], *, lost: int = 0, steady: bool = True) -> None:
    """Hold a system at rest against I1 to I4.

    `lost` answers may have been paid for twice. `steady` says that no plan, recipe or model changed on the way: then no
    entry may stand outside the plans, for nobody had any business making it.
    """
    deployment = system.deployment()
    leaves = live(deployment)
    _check_messages(deployment, leaves, expected)
    _check_calls(system, lost=lost)
    documents = _check_entries(system, deployment, leaves, steady=steady)
    _check_site(system, deployment, documents)


def live(deployment: Deployment) -> list[Leaf]:
    """Every leaf of every plan."""
    leaves = []
    for stored in deployment.manifests.all():
        plan = stored.manifest
        assert (plan.recipe, plan.model) == (deployment.recipe_digest, deployment.model_name), "I3: a plan of old"
        leaves += find_leaves(deployment.journal, plan.windows, plan.recipe, plan.model)
    return leaves


def _check_messages(deployment: Deployment, leaves: list[Leaf], expected: Counter[Said]) -> None:
    held = Counter[Said]()
    for leaf in leaves:
        held.update(said(deployment.slices.get(leaf.slice).messages))
    assert held - expected == Counter(), "I1: a message is there that should not be, or twice"
    assert expected - held == Counter(), "I1: a message is lost"


def _check_calls(system: System, *, lost: int) -> None:
    paid = sum((model.paid for model in system.models), Counter[tuple[str, ...]]())
    twice = paid.total() - len(paid)
    assert twice <= lost, f"I2: {twice} requests were paid for again, {lost} answers were lost"
    for stored in system.world.journal.select():
        entry = stored.entry
        assert entry.attempt - entry.spared <= system.settings.run.max_attempts, "I2: too many attempts"


def _check_entries(
    system: System, deployment: Deployment, leaves: list[Leaf], *, steady: bool
) -> dict[str, WindowDocument]:
    documents = {}
    for leaf in leaves:
        assert leaf.entry is not None, "I3: a window that nobody worked on"
        assert leaf.entry.state in {"DONE", "BLOCKED", "FAILED"}, f"I3: a window is left {leaf.entry.state}"
        if leaf.entry.state != "DONE":
            continue
        assert leaf.entry.output, "I3: DONE without a document"
        document = documents[leaf.entry.output] = load_document(deployment, leaf.entry.output)
        assert (document.signature, document.slice) == (leaf.signature, leaf.slice), "I3: another window's document"
        assert document.attempt == leaf.entry.attempt, "I3: another attempt's document"
        assert len(document.posts) == leaf.entry.posts
        assert {post.title for post in document.posts} <= {f"By {deployment.model_name}"}, "I3: another model's words"
    if steady:
        roots = [(leaf.root.slice, leaf.entry.recipe, leaf.entry.model) for leaf in leaves if leaf.entry]
        strays = {s.entry.signature for s in system.world.journal.select()} - read_entries(
            deployment.journal, roots
        ).keys()
        assert not strays, "I2: work was done on windows that no plan holds"
    assert all(system.world.tasks.waiting(queue)[0] == 0 for queue in ("windows", "publish")), "I3: a task waits"
    return documents


def _check_site(system: System, deployment: Deployment, documents: dict[str, WindowDocument]) -> None:
    gone = frozenset(
        handle for source in deployment.manifests.sources() for handle in deployment.people.get(source).opted_out
    )
    wanted = {key for key, document in documents.items() if gone.isdisjoint(_handles(document))}
    assert {entry.card.key for entry in gather(deployment, keep=False).shown} == wanted, "I4: other windows are shown"
    if not system.site:
        return
    posts = {post.id for key in wanted for post in documents[key].posts}
    site = system.world.site()
    assert {match[1] for match in map(_POST.fullmatch, site) if match} == posts, "I4: other posts are on the site"
    assert _digest(site) == _from_nothing(system, deployment), "I4: a publish from nothing gives another site"


def _handles(document: WindowDocument) -> set[str]:
    return set(re.findall(r"@[0-9a-f]{10}(?![0-9a-f])", document.model_dump_json()))


def _from_nothing(system: System, deployment: Deployment) -> str:
    """The digest of the site that a publish into an empty sink makes."""
    blobs = system.world.blobs
    made_from = [
        part
        for info in blobs.list()
        if info.key.startswith(("manifests/", "documents/", "people/", "reports/", "refusals/"))
        for part in (info.key, blobs.read(info.key).data)
    ]
    entries = [repr(replace(s.entry, created=None, updated=None, lease=None)) for s in system.world.journal.select()]
    key = sha256(*made_from, *entries, deployment.settings.model_dump_json())
    if key not in _rendered:
        sink = MemorySink("site")
        publish_site(replace(deployment, outlets=[replace(deployment.outlets[0], sink=sink)]))
        _rendered[key] = _digest({path: sink.read(path) or b"" for path in sink.list()})
    return _rendered[key]


def _digest(site: dict[str, bytes]) -> str:
    return sha256(*(part for path in sorted(site) for part in (path, site[path])))
