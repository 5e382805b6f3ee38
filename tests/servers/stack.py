"""A whole deployment: buckets, journal, queues that deliver, events of uploads, a model, and the four functions.

    with open_stack(settings="[site]\\nsearch = false\\n") as stack:
        stack.upload("WhatsApp Chat with Harbour Street.zip", data)
        stack.settle()
        stack.site_files()["index.html"]

Every function is a process of its own and checks who calls it, as it is deployed.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from google.cloud import tasks_v2
from google.cloud.storage import Bucket  # type: ignore[import-untyped]

from gemini_server import GeminiServer
from servers.cloud_tasks import Limits, TasksServer, cloud_tasks_server
from servers.events import Events
from servers.firestore import FirestoreServer, shared_firestore
from servers.functions import Answered, FunctionProcess, function_process
from servers.storage import StorageServer, shared_storage
from servers.tools import free_port

KEY = b"k" * 32
INVOKER = "invoker@test.iam.gserviceaccount.com"
"""Who tasks, events and schedules are sent as."""
REGION = "europe-west1"
NAMES = ("slice_export", "process_window", "publish_site", "reprocess")
WINDOWS = Limits(concurrent=4, max_attempts=-1, min_backoff=0.1, max_backoff=0.4)
PUBLISH = Limits(concurrent=1, max_attempts=-1, min_backoff=0.1, max_backoff=0.4)
_SET = {
    "region": "EGREGORA_REGION",
    "exports_bucket": "EGREGORA_EXPORTS_BUCKET",
    "work_bucket": "EGREGORA_WORK_BUCKET",
    "site_bucket": "EGREGORA_SITE_BUCKET",
    "process_url": "EGREGORA_PROCESS_URL",
    "publish_url": "EGREGORA_PUBLISH_URL",
    "invoker": "EGREGORA_INVOKER",
    "provider": "EGREGORA_PROVIDER",
    "tasks_endpoint": "EGREGORA_TASKS_ENDPOINT",
    "project": "GOOGLE_CLOUD_PROJECT",
}
"""What describes a deployment to people's tools, and how functions are told of it."""


class Instances:
    """A function on a port of its own, of which there is always one instance, if it is only a new one."""

    def __init__(self, name: str, port: int, env: Mapping[str, str]) -> None:
        self.name = name
        self._port = port
        self._env = env
        self._running = ExitStack()
        self._outputs: list[str] = []
        self.now = self._start()

    def restart(self) -> None:
        """Kill the instance, wherever it is, and start another from nothing, as Cloud Run does."""
        self.now.kill()
        self.close()
        self._running = ExitStack()
        self.now = self._start()

    def output(self) -> str:
        """All that any instance wrote."""
        return "".join((*self._outputs, self.now.output()))

    def close(self) -> None:
        """End the instance."""
        self._outputs.append(self.now.output())
        self._running.close()

    def _start(self) -> FunctionProcess:
        return self._running.enter_context(function_process(self.name, self._env, port=self._port))


@dataclass(frozen=True)
class Stack:
    """The deployment, and what tests do with it."""

    storage: StorageServer
    firestore: FirestoreServer
    tasks: TasksServer
    events: Events
    windows: str
    """The queue of windows, by its full name."""
    publishes: str
    exports: Bucket
    work: Bucket
    site: Bucket
    env: Mapping[str, str]
    """What every function is told."""
    functions: dict[str, Instances] = field(default_factory=dict)

    @property
    def project(self) -> str:
        """The project, after which buckets are named too."""
        return self.env["GOOGLE_CLOUD_PROJECT"]

    @property
    def tools_env(self) -> dict[str, str]:
        """What the command line needs in its environment to find servers and key."""
        return {
            **self.storage.environment,
            **self.firestore.environment,
            "EGREGORA_KEY": self.env["EGREGORA_KEY"],
            **{name: value for name, value in self.env.items() if name.startswith(("GEMINI", "GOOGLE_GEMINI"))},
        }

    def deployment_toml(self) -> str:
        """The description of the deployment, as Terraform writes it for people's tools."""
        return "".join(f"{name} = {json.dumps(self.env[key])}\n" for name, key in _SET.items())

    def upload(self, name: str, data: bytes) -> None:
        """Put an object into the bucket for exports; its event follows by itself."""
        self.exports.blob(name).upload_from_string(data)

    def configure(self, settings: str) -> None:
        """Write the settings that people tune."""
        self.work.blob("config/egregora.toml").upload_from_string(settings)

    def call(self, name: str, body: bytes = b"{}") -> Answered:
        """Call a function as its invoker may."""
        function = self.functions[name].now
        token = self.tasks.issuer.token(INVOKER, function.url)
        return function.post(body, {"Authorization": f"Bearer {token}"})

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until every event was taken and every task has ended; a publish that waits for its time comes at once.

        Raises `TimeoutError`, saying what is left.
        """
        self.events.wait(timeout)
        self.tasks.drain(timeout, hurry=True)

    def enqueue_again(self, task: tasks_v2.Task) -> None:
        """Enqueue a task once more, under a name of its own."""
        with closing(self.tasks.client().transport) as transport:
            queue = task.name.rpartition("/tasks/")[0]
            again = tasks_v2.Task(http_request=task.http_request, dispatch_deadline=task.dispatch_deadline)
            tasks_v2.CloudTasksClient(transport=transport).create_task(parent=queue, task=again)

    def take_tasks(self) -> list[tasks_v2.Task]:
        """Take every waiting window out of its queue."""
        taken = self.tasks.tasks(self.windows)
        with closing(self.tasks.client().transport) as transport:
            tasks_v2.CloudTasksClient(transport=transport).purge_queue(name=self.windows)
        return taken

    def end_leases(self) -> None:
        """Let every lease be over, as eleven minutes without an answer would."""
        client = self.firestore.client(self.project)
        for found in client.collection("windows").stream():
            if (found.to_dict() or {}).get("lease"):
                found.reference.update({"lease": datetime(2000, 1, 1, tzinfo=UTC)})
        client.close()  # type: ignore[no-untyped-call]

    def journal(self) -> dict[str, dict[str, object]]:
        """Every document of the journal, by its name."""
        client = self.firestore.client(self.project)
        found = {str(one.id): one.to_dict() or {} for one in client.collection("windows").stream()}
        client.close()  # type: ignore[no-untyped-call]
        return found

    def watch(self, told: Callable[[str], object] | None) -> None:
        """Tell of every request to storage, journal and queues before it takes effect; where told so, it does not."""
        self.storage.watch = self.firestore.watch = told
        self.tasks.watch(told)

    def site_files(self) -> dict[str, bytes]:
        """The website, by path."""
        return contents(self.site)

    def tree_files(self) -> dict[str, bytes]:
        """The Markdown tree, by path."""
        return {path.removeprefix("markdown/"): data for path, data in contents(self.work, "markdown/").items()}

    def reset(self) -> None:
        """Empty everything; functions forget what they knew. Settings are left as they are."""
        self.watch(None)
        self.tasks.release()
        self.settle()
        for bucket in (self.exports, self.work, self.site):
            keys = [key for key in keys_of(bucket) if not key.startswith("config/")]
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda key, bucket=bucket: bucket.blob(key).delete(), keys))
        self.firestore.reset(self.project)
        self.storage.reset()
        for function in self.functions.values():
            function.now.kill_worker()


def keys_of(bucket: Bucket, prefix: str = "") -> list[str]:
    """The names of a bucket's objects, in order."""
    return [blob.name for blob in bucket.list_blobs(prefix=prefix)]


def contents(bucket: Bucket, prefix: str = "") -> dict[str, bytes]:
    """The objects of a bucket, by name."""
    with ThreadPoolExecutor(8) as pool:
        blobs = list(bucket.list_blobs(prefix=prefix))
        return dict(zip((b.name for b in blobs), pool.map(lambda b: b.download_as_bytes(), blobs), strict=True))


@contextmanager
def open_stack(
    *,
    settings: str = "",
    gemini: GeminiServer | None = None,
    windows: Limits = WINDOWS,
    functions: tuple[str, ...] = NAMES,
    storage: StorageServer | None = None,
) -> Iterator[Stack]:
    """Start an empty deployment under `settings`; without a Gemini its model is the offline one."""
    storage, firestore = storage or shared_storage(), shared_firestore()
    project = firestore.project()
    ports = dict(zip(NAMES, _free_ports(len(NAMES)), strict=True))
    with ExitStack() as opened:
        location = f"projects/{project}/locations/{REGION}"
        tasks = opened.enter_context(cloud_tasks_server(location=location))
        client = opened.enter_context(storage.client())
        url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        exports, work, site = (
            client.bucket(storage.make_bucket(f"{project}-egregora-{use}")) for use in ("exports", "work", "site")
        )
        env = {
            **storage.environment,
            **firestore.environment,
            **told(project, (exports.name, work.name, site.name), url["process_window"], url["publish_site"]),
            **_here(tasks, gemini),
        }
        token = partial(tasks.issuer.token, INVOKER, url["slice_export"])
        events = Events(exports.name, url["slice_export"], token)
        opened.callback(events.close)
        windows_queue = tasks.create_queue("egregora-windows", windows)
        publish_queue = tasks.create_queue("egregora-publish", PUBLISH)
        stack = Stack(storage, firestore, tasks, events, windows_queue, publish_queue, exports, work, site, env)
        stack.configure(settings)
        stack.work.blob("config/deployment.toml").upload_from_string(stack.deployment_toml())
        _start(stack, opened, {name: {**env, "EGREGORA_AUDIENCE": url[name]} for name in functions}, ports)
        opened.callback(tasks.hold)
        opened.callback(stack.watch, None)
        storage.finalized = events.announce
        opened.callback(setattr, storage, "finalized", None)
        yield stack


def told(project: str, buckets: tuple[str, str, str], process_url: str, publish_url: str) -> dict[str, str]:
    """What Terraform tells every function, of buckets for exports, work and site; the model is the offline one."""
    exports, work, site = buckets
    return {
        "GOOGLE_CLOUD_PROJECT": project,
        "EGREGORA_REGION": REGION,
        "EGREGORA_EXPORTS_BUCKET": exports,
        "EGREGORA_WORK_BUCKET": work,
        "EGREGORA_SITE_BUCKET": site,
        "EGREGORA_PROCESS_URL": process_url,
        "EGREGORA_PUBLISH_URL": publish_url,
        "EGREGORA_INVOKER": INVOKER,
        "EGREGORA_PROVIDER": "offline",
        "EGREGORA_KEY": base64.b64encode(KEY).decode(),
    }


def _here(tasks: TasksServer, gemini: GeminiServer | None) -> dict[str, str]:
    """What only functions of the tests are told: whom to let in, and where queues and model are."""
    found = {
        "EGREGORA_TASKS_ENDPOINT": tasks.endpoint,
        "EGREGORA_CALLERS": INVOKER,
        "EGREGORA_CERTIFICATES": tasks.issuer.certificates,
    }
    if gemini:
        found |= {"EGREGORA_PROVIDER": "gemini", "GEMINI_API_KEY": "AIza-of-the-tests"}
        found |= {"GOOGLE_GEMINI_BASE_URL": gemini.url}
    return found


def _free_ports(count: int) -> list[int]:
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return list(ports)


def _start(
    stack: Stack, opened: ExitStack, environments: Mapping[str, Mapping[str, str]], ports: Mapping[str, int]
) -> None:
    """Start functions, all at the same time."""
    lock = threading.Lock()

    def start(name: str) -> None:
        function = Instances(name, ports[name], environments[name])
        with lock:
            opened.callback(function.close)
            stack.functions[name] = function

    with ThreadPoolExecutor(len(NAMES)) as pool:
        list(pool.map(start, environments))
