"""Who may do what, read out of a plan: grants, and what the roles of Google's that are granted allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.terraform import Planned

GET, LIST, CREATE, DELETE = (f"storage.objects.{verb}" for verb in ("get", "list", "create", "delete"))
READ_JOURNAL, WRITE_JOURNAL = "datastore.entities.get", "datastore.entities.update"
ENQUEUE, ACT_AS, USE_SECRET = "cloudtasks.tasks.create", "iam.serviceAccounts.actAs", "secretmanager.versions.access"
CALL, ASK_MODEL, RECEIVE = "run.routes.invoke", "aiplatform.endpoints.predict", "eventarc.events.receiveEvent"
PASS_PROXY, WRITE_LOGS, PUSH_IMAGE, TELL = (
    "iap.webServiceVersions.accessViaIAP", "logging.logEntries.create", "artifactregistry.repositories.uploadArtifacts",
    "pubsub.topics.publish",
)  # fmt: skip

ROLES: Mapping[str, frozenset[str]] = {
    "roles/storage.objectViewer": frozenset({GET, LIST}),
    "roles/storage.objectCreator": frozenset({CREATE}),
    "roles/storage.objectUser": frozenset({GET, LIST, CREATE, DELETE}),
    "roles/datastore.viewer": frozenset({READ_JOURNAL}),
    "roles/datastore.user": frozenset({READ_JOURNAL, WRITE_JOURNAL}),
    "roles/cloudtasks.enqueuer": frozenset({ENQUEUE}),
    "roles/iam.serviceAccountUser": frozenset({ACT_AS}),
    "roles/secretmanager.secretAccessor": frozenset({USE_SECRET}),
    "roles/run.invoker": frozenset({CALL}),
    "roles/iap.httpsResourceAccessor": frozenset({PASS_PROXY}),
    "roles/eventarc.eventReceiver": frozenset({RECEIVE}),
    "roles/pubsub.publisher": frozenset({TELL}),
    "roles/logging.logWriter": frozenset({WRITE_LOGS}),
    "roles/artifactregistry.writer": frozenset({PUSH_IMAGE}),
    "egregoraModel": frozenset({ASK_MODEL}),
}
"""Of what Google says that a role allows, what matters here."""

Rights = Mapping[str, frozenset[str]]
"""Permissions, by what they are on: ``bucket some-project-egregora-work``."""

_ON = {
    "google_storage_bucket_iam_member": ("bucket", "bucket"),
    "google_cloud_tasks_queue_iam_member": ("queue", "name"),
    "google_service_account_iam_member": ("account", "service_account_id"),
    "google_secret_manager_secret_iam_member": ("secret", "secret_id"),
    "google_cloud_run_v2_service_iam_member": ("service", "name"),
    "google_iap_web_cloud_run_service_iam_member": ("service", "cloud_run_service_name"),
    "google_artifact_registry_repository_iam_member": ("images", "repository"),
    "google_project_iam_member": ("project", "project"),
}


@dataclass(frozen=True)
class Grant:
    """One role for one member on one thing, under a condition or none."""

    member: str
    role: str
    on: str
    condition: str | None


def grants(plan: Planned) -> Iterator[Grant]:
    """Every grant of a plan."""
    for address, values in plan.resources.items():
        kind = address.partition(".")[0]
        if not kind.endswith("_iam_member"):
            assert "_iam_" not in kind or kind == "google_project_iam_custom_role", f"{address} is not only added"
            continue
        label, field = _ON[kind]
        role = values.get("role") or "egregoraModel"  # a role of our own is named once it is there
        member = values.get("member") or "serviceAccount:storage-agent"  # so is Google's agent
        [condition] = [part["expression"] for part in values["condition"]] or [None]
        yield Grant(_short(member), role, f"{label} {_short(values[field])}", condition)


def rights(plan: Planned) -> Mapping[str, Rights]:
    """What each member of a plan may do."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for grant in grants(plan):
        mine = found.setdefault(grant.member, {})
        on = f"{grant.on} {grant.condition}" if grant.condition else grant.on
        mine[on] = mine.get(on, frozenset()) | ROLES[grant.role]
    return found


def _short(name: Any) -> str:
    """An account without its kind and project: ``egregora-process-window``."""
    return (
        str(name)
        .rpartition("/")[2]
        .removeprefix("serviceAccount:")
        .removesuffix("@some-project.iam.gserviceaccount.com")
    )
