"""Each step may do what it must, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import pytest

from functions.world import World, open_world
from infra.access import (
    ACT_AS,
    ASK_MODEL,
    CALL,
    CREATE,
    DELETE,
    ENQUEUE,
    GET,
    LIST,
    PASS_PROXY,
    PUSH_IMAGE,
    READ_JOURNAL,
    RECEIVE,
    ROLES,
    TELL,
    USE_SECRET,
    WRITE_JOURNAL,
    WRITE_LOGS,
    Rights,
    grants,
    rights,
)  # fmt: skip
from infra.terraform import Planned
from servers.events import event_headers
from servers.functions import function_process
from servers.relay import Request

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]

EXPORTS, WORK, SITE, SOURCE = (f"bucket some-project-egregora-{use}" for use in ("exports", "work", "site", "source"))
JOURNAL = 'project some-project resource.name == "projects/some-project/databases/(default)"'
TO_WINDOWS, TO_PUBLISH, AS_TASKS = "queue egregora-windows", "queue egregora-publish", "account egregora-tasks"
KEY, PROJECT = "secret egregora-key", "project some-project"
COPIES = f'{PROJECT} resource.name.startsWith("projects/_/buckets/gcf-v2-sources-123456789012-europe-west1")'
PROXY = "service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"

READS, WRITES = frozenset({GET, LIST}), frozenset({GET, LIST, CREATE, DELETE})
KEEPS_JOURNAL = frozenset({READ_JOURNAL, WRITE_JOURNAL})
ADDS_TASKS: Rights = {TO_WINDOWS: frozenset({ENQUEUE}), TO_PUBLISH: frozenset({ENQUEUE}), AS_TASKS: frozenset({ACT_AS})}

STEPS: Mapping[str, Rights] = {
    "egregora-slice-export": {
        EXPORTS: READS, WORK: WRITES, JOURNAL: KEEPS_JOURNAL, KEY: frozenset({USE_SECRET}), **ADDS_TASKS,
    },
    "egregora-process-window": {
        WORK: WRITES, JOURNAL: KEEPS_JOURNAL, PROJECT: frozenset({ASK_MODEL}), **ADDS_TASKS,
    },
    "egregora-publish-site": {WORK: WRITES, SITE: WRITES, JOURNAL: frozenset({READ_JOURNAL})},
    "egregora-reprocess": {WORK: WRITES, JOURNAL: KEEPS_JOURNAL, **ADDS_TASKS},
    "egregora-serve-site": {SITE: READS},
}  # fmt: skip
OTHERS: Mapping[str, Rights] = {
    "egregora-tasks": {
        "service egregora-process-window": frozenset({CALL}), "service egregora-publish-site": frozenset({CALL}),
    },
    "egregora-schedule": {"service egregora-reprocess": frozenset({CALL})},
    "egregora-trigger": {"service egregora-slice-export": frozenset({CALL}), PROJECT: frozenset({RECEIVE})},
    "egregora-builder": {
        SOURCE: READS, COPIES: READS, "images egregora": frozenset({PUSH_IMAGE}), PROJECT: frozenset({WRITE_LOGS}),
    },
    "storage-agent": {PROJECT: frozenset({TELL})},
    PROXY: {"service egregora-site": frozenset({CALL})},
}  # fmt: skip


def test_every_account_may_do_what_it_must_and_nothing_else(planned: Mapping[str, Planned]) -> None:
    assert rights(planned["defaults"]) == {**STEPS, **OTHERS}


def test_no_smaller_role_would_do(planned: Mapping[str, Planned]) -> None:
    for plan in planned.values():
        for grant in grants(plan):
            smaller = [role for role, allowed in ROLES.items() if allowed < ROLES[grant.role]]
            needed = {**STEPS, **OTHERS}.get(grant.member, {}).get(grant.on, ROLES[grant.role])
            assert not any(needed <= ROLES[role] for role in smaller), grant


def test_on_the_project_lies_only_what_has_no_lower_place(planned: Mapping[str, Planned]) -> None:
    for plan in planned.values():
        for grant in grants(plan):
            if grant.on == PROJECT and grant.condition is None:
                assert ROLES[grant.role] <= {ASK_MODEL, RECEIVE, TELL, WRITE_LOGS}, grant


def test_a_public_site_is_open_to_everybody_and_nothing_else_is(planned: Mapping[str, Planned]) -> None:
    for name, plan in planned.items():
        opened = {grant.on: grant.role for grant in grants(plan) if grant.member.startswith("all")}
        assert opened == ({SITE: "roles/storage.objectViewer"} if name in {"public", "domain"} else {})
        assert ("egregora-serve-site" in rights(plan)) == (name not in {"public", "domain"})
        assert (PROXY in rights(plan)) == (name not in {"public", "domain"})


def test_a_model_is_reached_by_its_own_right_or_its_secret(planned: Mapping[str, Planned]) -> None:
    ways = {name: dict(rights(planned[name])["egregora-process-window"]) for name in ("defaults", "key", "offline")}
    assert ways["key"].pop("secret my-gemini") == {USE_SECRET}
    assert ways["defaults"].pop(PROJECT) == {ASK_MODEL}
    assert ways["defaults"] == ways["key"] == ways["offline"]


def test_people_may_do_what_they_are_named_for(planned: Mapping[str, Planned]) -> None:
    found = rights(planned["people"])
    assert found["group:family@example.org"] == {EXPORTS: {CREATE}}
    assert found["domain:example.org"] == {"service egregora-site": {PASS_PROXY}}
    assert found["user:ann@example.org"] == {
        EXPORTS: WRITES, WORK: WRITES, SITE: WRITES, JOURNAL: KEEPS_JOURNAL, KEY: {USE_SECRET}, **ADDS_TASKS,
    }  # fmt: skip
    everybody = {"group:family@example.org", "domain:example.org", "user:ann@example.org"}
    assert {member: held for member, held in found.items() if member not in everybody} == {**STEPS, **OTHERS}


def test_conditions_name_the_database_that_is_made(planned: Mapping[str, Planned]) -> None:
    roles = {"roles/datastore.user", "roles/datastore.viewer"}
    found = {grant.condition for grant in grants(planned["named"]) if grant.role in roles}
    assert found == {'resource.name == "projects/some-project/databases/our-journal"'}


CHAT = "\n".join(f"17/03/2024, 18:{minute:02} - Tonje: Harbour party number {minute}" for minute in range(40))


@pytest.fixture
def world() -> Iterator[World]:
    """An empty deployment."""
    with open_world() as one:
        yield one


def done(world: World, name: str, *bodies: bytes, **headers: str) -> Rights:
    """Call a function and say which rights that took, on what the plan calls these things."""
    world.storage.reset()
    world.firestore.reset()
    before = {queue: len(world.tasks.tasks(queue)) for queue in (world.windows, world.publishes)}
    # As functions with a trigger are started; ours all say themselves that they take plain requests.
    with function_process(name, {**world.env, "FUNCTION_SIGNATURE_TYPE": "cloudevent"}) as function:
        for body in bodies:
            assert function.post(body, headers).status == 200
    counts = world.firestore.counts
    journal = {READ_JOURNAL: counts.reads, WRITE_JOURNAL: counts.writes}
    names = {world.exports.name: EXPORTS, world.work.name: WORK, world.site.name: SITE}
    took = {names[bucket]: storage_rights(world.storage.requests, bucket) for bucket in names}
    took[JOURNAL] = frozenset(right for right, count in journal.items() if count)
    for queue, on in ((world.windows, TO_WINDOWS), (world.publishes, TO_PUBLISH)):
        added = len(world.tasks.tasks(queue)) > before[queue]
        took[on] = frozenset({ENQUEUE} if added else ())
    return {on: held for on, held in took.items() if held}


def storage_rights(requests: Sequence[Request], bucket: str) -> frozenset[str]:
    """What these requests take on a bucket; a write over what is there deletes that."""
    kinds = {"read": GET, "stat": GET, "list": LIST, "write": CREATE, "part": CREATE, "delete": DELETE}
    mine = [request for request in requests if request.bucket == bucket]
    over = any(request.kind == "write" and request.query.get("ifGenerationMatch") != "0" for request in mine)
    return frozenset({kinds[request.kind] for request in mine} | ({DELETE} if over else set()))


def test_functions_take_no_right_that_they_are_not_given(world: World) -> None:
    event = json.dumps(world.upload("family/WhatsApp Chat.txt", CHAT.encode())).encode()
    longer = json.dumps(world.upload("family/WhatsApp Chat 2.txt", f"{CHAT}\n{CHAT}".encode())).encode()
    took = {"egregora-slice-export": done(world, "slice_export", event, longer, **event_headers())}
    payloads = [task.http_request.body for task in world.tasks.tasks(world.windows)]
    took["egregora-process-window"] = done(world, "process_window", *payloads)
    took["egregora-publish-site"] = done(world, "publish_site", b"{}")
    took["egregora-reprocess"] = done(world, "reprocess", b'{"sweep": true}')
    for step, held in took.items():
        for on, needed in held.items():
            assert needed <= STEPS[step].get(on, frozenset()), f"{step} on {on}"
    assert took["egregora-publish-site"][SITE] >= {LIST, CREATE}
    assert took["egregora-slice-export"][EXPORTS] == {GET}
    assert all(first != second for first, second in pairwise(took.values()))
