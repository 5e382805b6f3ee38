"""All settings, their defaults and bounds; the only module that reads the environment.

People tune `config/egregora.toml` in the work store; what is not there keeps its default. Unknown keys are refused,
so that a misspelt one is not silently ignored.
"""

from __future__ import annotations

import ast
import inspect
import os
import tomllib
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from egregora.errors import Reject
from egregora.ingest.limits import IngestSettings as IngestSettings  # noqa: PLC0414 - a section like the others
from egregora.ingest.limits import MiB as MiB  # noqa: PLC0414

PROVIDERS = ("auto", "offline", "gemini")
"""Models that are built in, or how one of them is chosen."""

_Form = TypeVar("_Form", bound=BaseModel)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True)


class PrivacySettings(_Section):
    """What is hidden, and what the site calls people."""

    redact: bool = True
    """Replace phone numbers, e-mail addresses, card, bank and national id numbers by typed marks."""
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    """ISO country by which national phone numbers are read; None: international ones only, plus cautious patterns."""
    first_names: bool = True
    """Take a first name with a capital for the participant, where only one bears it and it is no everyday word."""
    names: Literal["pseudonym", "alias", "real"] = "pseudonym"
    """pseudonym and alias: what a person chose in the chat, else made up; real: what they chose, else as exported."""


class WindowSettings(_Section):
    """How a partition is packed into slices."""

    partition: Literal["month", "year", "all"] = "month"
    strategy: Literal["bytes", "hours", "days", "messages"] = "bytes"
    tokens: Annotated[int, Field(ge=256)] = 16_000
    """Budget of one window in tokens, at 4 bytes a token; every strategy keeps to it."""
    size: Annotated[int, Field(gt=0)] = 1
    """For hours, days and messages: how many of them one window spans."""
    context: Annotated[int, Field(ge=0)] = 2_000
    """Bytes of the messages before a window that are shown to the writer as read-only context."""


class ModelSettings(_Section):
    """Which model writes, and within what bounds."""

    provider: str = "auto"
    """auto: gemini where GEMINI_API_KEY is set, else offline. gemini: by that key, or by GOOGLE_CLOUD_PROJECT.
    Any other: the model that an installed package offers under this name."""
    name: str = "gemini-2.5-flash"
    timeout: Annotated[float, Field(gt=0)] = 240.0
    """Seconds for one call of the model."""
    retries: Annotated[int, Field(ge=0)] = 3
    """Tries after the first on rate limits and outages, inside one call."""
    count_above: Annotated[int, Field(ge=0)] = 30_000
    """Requests estimated above this many tokens are counted by the model before they are sent."""
    max_input_tokens: Annotated[int, Field(ge=256)] | None = None
    """A lower limit than the model's own; None: the model's own."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.4
    price_input: Annotated[float, Field(ge=0)] = 0.30
    """US dollars for a million input tokens."""
    price_output: Annotated[float, Field(ge=0)] = 2.50
    """US dollars for a million output tokens."""

    @field_validator("provider")
    @classmethod
    def _is_there(cls, provider: str) -> str:
        """A model that is not built in is one that an installed package offers."""
        if provider not in PROVIDERS:
            from egregora.plugins import offered

            others = offered("egregora.models")
            if provider not in others:
                raise ValueError(f"there is no {provider}: there are {', '.join((*PROVIDERS, *others))}")
        return provider


class WritingSettings(_Section):
    """What is asked of the agents. Part of the recipe."""

    max_posts: Annotated[int, Field(ge=0, le=10)] = 2
    """Posts that one window may yield."""
    language: str = "auto"
    """BCP 47 tag of the posts' language; auto: the language of the conversation."""


class RunSettings(_Section):
    """Attempts, leases and budgets."""

    max_attempts: Annotated[int, Field(ge=1)] = 3
    function_timeout: Annotated[float, Field(gt=0)] = 540.0
    dispatch_deadline: Annotated[float, Field(gt=0)] = 600.0
    lease: Annotated[float, Field(gt=0)] = 660.0
    """Seconds a claim holds. lease > dispatch_deadline > function_timeout > model timeout."""
    workers: Annotated[int, Field(ge=1, le=64)] = 4
    """Windows worked on at once by `egregora run`."""
    publish_every: Annotated[float, Field(gt=0)] = 30.0
    """Seconds of the buckets by which publish tasks are named."""
    budget_windows: Annotated[int, Field(ge=0)] = 2_000
    """Windows that `reprocess` enqueues in a day."""
    budget_cost: Annotated[float, Field(ge=0)] = 10.0
    """Estimated US dollars that `reprocess` enqueues in a day."""
    keep_days: Annotated[int, Field(ge=0)] = 30
    """Days before what nothing refers to is swept."""


class SiteSettings(_Section):
    """The website."""

    title: str | None = None
    """None: the chat's name where it holds no person's name, else "Our conversation"."""
    description: str = ""
    base_url: str = ""
    """Where the site will live, for feeds; empty: feeds use relative addresses."""
    language: str = "en"
    """BCP 47 tag of the site's own words; English is the one there is."""
    search: bool = True
    markdown: bool | None = None
    """Deliver the mkdocs-structured Markdown tree too: beside the site here, into the work bucket of a deployment.
    Not set: only here."""
    sources: Annotated[tuple[str, ...], Field(min_length=1)] = ("*",)
    """Patterns of the conversations that it shows, by their ids as `egregora status` lists them."""


class SinkSettings(_Section):
    """One more place that is kept up to date with every publish. There may be any number; docs/sinks.md says more."""

    what: Literal["site", "markdown", "sidecar", "database"]
    """site: the website. markdown: the tree for MkDocs. sidecar: every post as JSON. database: tables to be asked."""
    to: Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9+.-]*:.", repr=False)]
    """file:FOLDER, gs://BUCKET/PREFIX or s3://BUCKET/PREFIX; a database's URL as SQLAlchemy has it."""
    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$")] | None = None
    """What `egregora status` calls it, no two the same; None: the word of `what`. In a database, its rows bear it."""
    sources: Annotated[tuple[str, ...], Field(min_length=1)] = ("*",)
    """Patterns of the conversations that it gets, by their ids as `egregora status` lists them."""
    title: str | None = None
    """None: that of [site] where it gets every conversation, else as if [site] had none. Also of the next two."""
    description: str | None = None
    base_url: str | None = None


class Settings(_Section):
    """Everything that can be tuned."""

    ingest: IngestSettings = IngestSettings()
    privacy: PrivacySettings = PrivacySettings()
    windows: WindowSettings = WindowSettings()
    model: ModelSettings = ModelSettings()
    writing: WritingSettings = WritingSettings()
    run: RunSettings = RunSettings()
    site: SiteSettings = SiteSettings()
    sinks: tuple[SinkSettings, ...] = ()

    @model_validator(mode="after")
    def _outlive_one_another(self) -> Self:
        """A lease outlives the dispatch, which outlives the function, which outlives the model's call."""
        run, model = self.run, self.model
        if not run.lease > run.dispatch_deadline > run.function_timeout > model.timeout:
            raise ValueError("run.lease > run.dispatch_deadline > run.function_timeout > model.timeout must hold")
        return self


class Credentials(_Section):
    """What the environment lends. Never printed, never stored."""

    gemini_key: SecretStr | None = None
    vertex_project: str | None = None
    vertex_location: str | None = None
    gemini_base_url: str | None = None
    """Another address of the Gemini API, for tests and proxies."""


class CloudSettings(_Section):
    """Where a deployment lies in Google Cloud. Functions are told by their environment, people by a file."""

    project: str
    region: str
    """Location of the queues and functions, such as europe-west1."""
    exports_bucket: str
    """Where people put exports."""
    work_bucket: str
    """The blob store: `config/`, plans, slices, answers, documents."""
    site_bucket: str
    database: str = "(default)"
    """The Firestore database that holds the journal."""
    windows_queue: str = "egregora-windows"
    publish_queue: str = "egregora-publish"
    process_url: str
    """Address of the function `process_window`; also the audience of the tokens sent to it."""
    publish_url: str
    """Address of the function `publish_site`, and audience likewise."""
    invoker: str
    """E-mail of the service account that tasks are sent as."""
    provider: Literal["offline", "gemini"] = "gemini"
    """What `model.provider = "auto"` means there: the same for functions and for people's tools."""
    key_secret: str = "egregora-key"  # noqa: S105 - a name
    """Name of the secret with the key that handles are made with."""
    tasks_endpoint: str | None = None
    """HOST:PORT of another Cloud Tasks service, spoken to without TLS; for tests."""


class CallerSettings(_Section):
    """Who may call a function, where the function itself is to check: on top of what Cloud Run's IAM allows."""

    audience: str | None = None
    """The audience that a caller's OIDC token must have; None: nothing is checked."""
    emails: tuple[str, ...] = ()
    """Service accounts that may call; each token must be of one of them."""
    certificates: str = "https://www.googleapis.com/oauth2/v1/certs"
    """Where the public keys of the tokens' issuer are."""


_EXAMPLE = {
    "what": '"site"',
    "to": '"s3://club-site"',
    "name": '"club"',
    "sources": '["club-*"]',
    "title": '"The club"',
    "description": '""',
    "base_url": '"https://club.example"',
}
"""An entry of [[sinks]] as the written file shows it."""

_CLOUD = {name: f"EGREGORA_{name.upper()}" for name in CloudSettings.model_fields} | {"project": "GOOGLE_CLOUD_PROJECT"}


def parse(text: str, *, origin: str = "egregora.toml") -> Settings:
    """Read settings from TOML. Raises `Reject` with one line that names `origin` and the first fault."""
    return _parsed(Settings, text, origin)


def _parsed(form: type[_Form], text: str, origin: str) -> _Form:
    try:
        return form.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Reject(f"{origin} is not valid TOML: {error}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise Reject(f"{origin}: {where or 'settings'}: {fault['msg']}") from error


def cloud(environ: dict[str, str] | None = None) -> CloudSettings:
    """Read from the environment of a function where its deployment lies. Raises `Reject` naming what is missing."""
    env = os.environ if environ is None else environ
    try:
        return CloudSettings.model_validate({name: env[key] for name, key in _CLOUD.items() if env.get(key)})
    except ValidationError as error:
        missing = ", ".join(_CLOUD[str(fault["loc"][0])] for fault in error.errors())
        raise Reject(f"the environment lacks {missing}: set what the deployment's Terraform sets") from error


def parse_cloud(text: str, *, origin: str) -> CloudSettings:
    """Read from TOML where a deployment lies. Raises `Reject` with one line that names `origin` and the first fault."""
    return _parsed(CloudSettings, text, origin)


def callers(environ: dict[str, str] | None = None) -> CallerSettings:
    """Read from the environment of a function who may call it."""
    env = os.environ if environ is None else environ
    given: dict[str, object] = {}
    if env.get("EGREGORA_AUDIENCE"):
        given["audience"] = env["EGREGORA_AUDIENCE"]
    if env.get("EGREGORA_CALLERS"):
        given["emails"] = tuple(email.strip() for email in env["EGREGORA_CALLERS"].split(",") if email.strip())
    if env.get("EGREGORA_CERTIFICATES"):
        given["certificates"] = env["EGREGORA_CERTIFICATES"]
    return CallerSettings.model_validate(given)


def cloud_key(environ: dict[str, str] | None = None) -> str | None:
    """The key that handles are made with, in base64, as Secret Manager lends it to a function."""
    return (os.environ if environ is None else environ).get("EGREGORA_KEY")


def credentials(environ: dict[str, str] | None = None) -> Credentials:
    """Read credentials from the environment (or from `environ`)."""
    env = os.environ if environ is None else environ
    key = env.get("GEMINI_API_KEY")
    return Credentials(
        gemini_key=SecretStr(key) if key else None,
        vertex_project=env.get("GOOGLE_CLOUD_PROJECT"),
        vertex_location=env.get("GOOGLE_CLOUD_LOCATION"),
        gemini_base_url=env.get("GOOGLE_GEMINI_BASE_URL"),
    )


def template() -> str:
    """A settings file in which every setting stands as a comment, with what it means and its default."""
    lines = ["# Egregora's settings. Take the # from a line to change it.", ""]
    for name, section in Settings.model_fields.items():
        if name == "sinks":
            continue
        form = type(section.default)
        lines += [f"# {form.__doc__}", f"[{name}]"]
        meanings = _meanings(form)
        for key, value in vars(section.default).items():
            lines += [f"# {line}" for line in meanings.get(key, "").splitlines()]
            lines.append(f"# {key} = {_toml(value)}" if value is not None else f"# {key} is not set")
        lines.append("")
    return "\n".join([*lines, *_example(SinkSettings), ""])


def _example(form: type[BaseModel]) -> list[str]:
    """A table that stands wholly as a comment, for there is none by default."""
    meanings = _meanings(form)
    lines = [f"# {form.__doc__}", "# [[sinks]]"]
    for key in form.model_fields:
        lines += [f"#   {line}" for line in meanings.get(key, "").splitlines()]
        lines.append(f"#   {key} = {_EXAMPLE[key]}")
    return lines


def _meanings(form: type) -> dict[str, str]:
    """What the docstring below each field says. Read here, for to have pydantic do it would slow every start down."""
    tree = ast.parse(inspect.getsource(form)).body[0]
    assert isinstance(tree, ast.ClassDef)  # noqa: S101
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(tree.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
