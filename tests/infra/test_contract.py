"""What Terraform tells the functions is what they read, under the names by which they read it."""

from __future__ import annotations

import ast
import base64
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from egregora.cloud.config import SETTINGS
from egregora.cloud.events import FINALIZED
from egregora.cloud.whereabouts import DESCRIPTION, EXPORTS, WORK
from egregora.journal.firestore import COLLECTION
from egregora.settings import CloudSettings, Settings, callers, cloud, cloud_key, credentials, parse, parse_cloud
from egregora.tasks import Queue
from infra.terraform import ROOT, Planned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]

FUNCTIONS = {path.stem for path in (ROOT / "functions").glob("*.py")}
NOT_SET = {
    "EGREGORA_AUDIENCE": "Cloud Run has checked the token and takes its signature away: IAM decides, not the function",
    "EGREGORA_CALLERS": "as above",
    "EGREGORA_CERTIFICATES": "as above",
    "EGREGORA_TASKS_ENDPOINT": "for tests",
    "GOOGLE_GEMINI_BASE_URL": "for tests and proxies",
}
"""What functions would read and Terraform never sets, and why."""


def read_by_settings() -> set[str]:
    """Every variable that settings.py looks up in an environment."""
    tree = ast.parse((ROOT / "shared" / "egregora" / "settings.py").read_text(encoding="utf-8"))
    named = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", node.value)
    }
    return named | {f"EGREGORA_{name.upper()}" for name in CloudSettings.model_fields if name != "project"}


def functions(plan: Planned) -> dict[str, Mapping[str, Any]]:
    return {
        str(step["build_config"][0]["entry_point"]): step
        for step in plan.of("google_cloudfunctions2_function").values()
    }


def environment(step: Mapping[str, Any]) -> dict[str, str]:
    """What a function finds: its variables, and a value for each secret."""
    service = step["service_config"][0]
    lent = {"EGREGORA_KEY": base64.b64encode(bytes(32)).decode(), "GEMINI_API_KEY": "some-key"}
    return dict(service["environment_variables"]) | {
        secret["key"]: lent[secret["key"]] for secret in service["secret_environment_variables"]
    }


def test_each_function_is_one_of_ours_by_file_and_name(planned: Mapping[str, Planned]) -> None:
    for name, plan in planned.items():
        steps = functions(plan)
        assert set(steps) == FUNCTIONS - ({"serve_site"} if name in {"public", "domain"} else set())
        for entry, step in steps.items():
            build = step["build_config"][0]
            source = ROOT / "functions" / build["environment_variables"]["GOOGLE_FUNCTION_SOURCE"]
            tree = ast.parse(source.read_text(encoding="utf-8"))
            assert entry in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert step["name"] == f"egregora-{entry.replace('_', '-')}"
            assert step["service_config"][0]["service_account_email"].startswith(f"{step['name']}@")


def test_functions_are_told_only_what_they_read_and_all_of_it(planned: Mapping[str, Planned]) -> None:
    told: set[str] = set()
    for plan in planned.values():
        for step in functions(plan).values():
            told |= set(environment(step))
    assert told == read_by_settings() - set(NOT_SET)


def test_every_function_finds_its_deployment(planned: Mapping[str, Planned]) -> None:
    for plan in planned.values():
        described = parse_cloud(plan.outputs["deployment"], origin="output")
        for entry, step in functions(plan).items():
            env = environment(step)
            assert cloud(env) == described, entry
            assert callers(env).audience is None
            assert (cloud_key(env) is not None) == (entry == "slice_export"), "only reading exports takes the key"


def test_the_site_is_told_what_its_function_is(planned: Mapping[str, Planned]) -> None:
    plan = planned["defaults"]
    [site] = plan.of("google_cloud_run_v2_service").values()
    env = {variable["name"]: variable["value"] for variable in site["template"][0]["containers"][0]["env"]}
    assert env == environment(functions(plan)["serve_site"])


def test_uploads_are_told_as_events_that_are_read(planned: Mapping[str, Planned]) -> None:
    plan = planned["defaults"]
    [trigger] = [step["event_trigger"][0] for step in functions(plan).values() if step["event_trigger"]]
    assert trigger["event_type"] == FINALIZED
    assert trigger["event_filters"] == [
        {"attribute": "bucket", "operator": None, "value": plan.outputs["exports"].removeprefix("gs://")}
    ]


def test_people_find_the_deployment_by_its_project(planned: Mapping[str, Planned]) -> None:
    plan = planned["defaults"]
    kept = plan.of("google_storage_bucket_object")["deployment"]
    assert (kept["bucket"], kept["name"]) == (f"some-project{WORK}", DESCRIPTION)
    assert kept["content"] == plan.outputs["deployment"]
    assert plan.outputs["exports"] == f"gs://some-project{EXPORTS}"
    assert set(tomllib.loads(kept["content"])) == set(CloudSettings.model_fields) - {"tasks_endpoint"}


def test_what_people_tune_is_a_file_that_settings_can_be_read_from(planned: Mapping[str, Planned]) -> None:
    for name, address in {
        "defaults": "https://egregora-site-123456789012.europe-west1.run.app/",
        "public": "https://storage.googleapis.com/some-project-egregora-site/",
        "domain": "https://chat.example.org/",
    }.items():
        kept = planned[name].of("google_storage_bucket_object")["settings"]
        assert kept["name"] == SETTINGS
        assert parse(kept["content"]).site.base_url == address


@pytest.mark.parametrize("run", ["defaults", "named"])
def test_tasks_go_to_the_queues_and_functions_that_are_made(planned: Mapping[str, Planned], run: str) -> None:
    plan = planned[run]
    place = parse_cloud(plan.outputs["deployment"], origin="output")
    queues = plan.of("google_cloud_tasks_queue")
    names: dict[Queue, str] = {"windows": place.windows_queue, "publish": place.publish_queue}
    assert {name: queue["name"] for name, queue in queues.items()} == names
    assert all(queue["location"] == place.region for queue in queues.values())
    steps = functions(plan)
    for url, entry in ((place.process_url, "process_window"), (place.publish_url, "publish_site")):
        assert url == f"https://{steps[entry]['name']}-123456789012.{place.region}.run.app"
    assert place.invoker == "egregora-tasks@some-project.iam.gserviceaccount.com"


@pytest.mark.parametrize(("run", "provider"), [("defaults", "gemini"), ("key", "gemini"), ("offline", "offline")])
def test_only_the_step_that_asks_a_model_is_told_how(planned: Mapping[str, Planned], run: str, provider: str) -> None:
    steps = functions(planned[run])
    for entry, step in steps.items():
        env = environment(step)
        assert cloud(env).provider == provider
        assert ("GEMINI_API_KEY" in env) == (run == "key" and entry == "process_window")
        assert ("GOOGLE_CLOUD_LOCATION" in env) == (run == "defaults" and entry == "process_window")
    lent = credentials(environment(steps["process_window"]))
    assert bool(lent.gemini_key) == (run == "key")
    assert lent.vertex_location == ("global" if run == "defaults" else None)


def test_each_wait_outlives_the_one_within(planned: Mapping[str, Planned]) -> None:
    run = Settings().run
    for plan in planned.values():
        for entry, step in functions(plan).items():
            timeout = step["service_config"][0]["timeout_seconds"]
            if entry in {"process_window", "publish_site", "slice_export"}:
                assert run.dispatch_deadline > timeout == run.function_timeout, entry
        for job in plan.of("google_cloud_scheduler_job").values():
            waits = timedelta(seconds=float(job["attempt_deadline"].removesuffix("s")))
            assert waits.total_seconds() > functions(plan)["reprocess"]["service_config"][0]["timeout_seconds"]


def test_the_scheduler_orders_what_reprocess_understands(planned: Mapping[str, Planned]) -> None:
    fields = {
        node.target.id
        for node in ast.walk(ast.parse((ROOT / "functions" / "reprocess.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    jobs = planned["defaults"].of("google_cloud_scheduler_job")
    bodies = {name: json.loads(base64.b64decode(job["http_target"][0]["body"])) for name, job in jobs.items()}
    assert bodies == {'reprocess["rerun"]': {}, 'reprocess["sweep"]': {"sweep": True}}
    assert all(set(body) <= fields for body in bodies.values())


def test_as_many_windows_are_dispatched_as_threads_work_on_them(planned: Mapping[str, Planned]) -> None:
    for plan in planned.values():
        service = functions(plan)["process_window"]["service_config"][0]
        limit = plan.of("google_cloud_tasks_queue")["windows"]["rate_limits"][0]["max_concurrent_dispatches"]
        assert limit == service["max_instance_count"] * service["max_instance_request_concurrency"]


def test_the_archive_that_make_names_is_taken(planned: Mapping[str, Planned]) -> None:
    made = planned["defaults"].of("google_storage_bucket_object")["archive"]
    assert re.fullmatch(r"egregora-[0-9a-f]{16}\.zip", made["name"])
    assert Path(made["source"]).name == "archive.zip"


def test_the_journal_gets_the_indexes_that_it_names(planned: Mapping[str, Planned]) -> None:
    named = json.loads((ROOT / "shared" / "egregora" / "journal" / "indexes.json").read_text(encoding="utf-8"))
    plan = planned["defaults"]
    fields = [
        {
            "collectionGroup": field["collection"],
            "fieldPath": field["field"],
            "indexes": [
                {"order": index["order"], "queryScope": index["query_scope"]}
                for index in field["index_config"][0]["indexes"]
            ],
            **({"ttl": True} if field["ttl_config"] else {}),
        }
        for field in plan.of("google_firestore_field").values()
    ]
    assert sorted(fields, key=by_path) == sorted(named["fieldOverrides"], key=by_path)
    indexes = [
        {
            "collectionGroup": index["collection"],
            "queryScope": index["query_scope"],
            "fields": [{"fieldPath": field["field_path"], "order": field["order"]} for field in index["fields"]],
        }
        for index in plan.of("google_firestore_index").values()
    ]
    assert indexes == named["indexes"]
    assert {one["collectionGroup"] for one in [*fields, *indexes]} == {COLLECTION}


def by_path(field: Mapping[str, Any]) -> str:
    return str(field["fieldPath"])


def test_the_key_is_in_no_plan(planned: Mapping[str, Planned]) -> None:
    for plan in planned.values():
        version = plan.of("google_secret_manager_secret_version")["key"]
        assert version["secret_data_wo"] is None
        assert version.get("secret_data") is None
