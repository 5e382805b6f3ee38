"""How people's tools find a deployment: by the description that its Terraform keeps in the work bucket."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from egregora.blobs.gcs import GcsBlobs
from egregora.errors import NotFound, Reject
from egregora.privacy.key import SIZE
from egregora.settings import CloudSettings, cloud_key, parse_cloud

DESCRIPTION = "config/deployment.toml"
EXPORTS, WORK = "-egregora-exports", "-egregora-work"
"""What buckets are called behind the project's name, unless Terraform was told otherwise."""


def find_deployment(*, project: str | None, config: str | None) -> CloudSettings:
    """The deployment that `config` describes (a path or ``gs://BUCKET/KEY``), else the one of `project`.

    Raises `Reject` where there is none.
    """
    if config and not config.startswith("gs://"):
        try:
            return parse_cloud(Path(config).read_text(encoding="utf-8"), origin=config)
        except (OSError, UnicodeDecodeError) as error:
            raise Reject(f"{config} cannot be read: {error}") from error
    address = config or f"gs://{project}{WORK}/{DESCRIPTION}"
    bucket, key = split_address(address)
    try:
        data = GcsBlobs(bucket, project=project).read(key).data
    except NotFound as error:
        raise Reject(f"{address} is not there: deploy Egregora first, or name its description with --config") from error
    return parse_cloud(data.decode(errors="replace"), origin=address)


def split_address(address: str) -> tuple[str, str]:
    """Bucket and key of ``gs://BUCKET/KEY``. Raises `Reject` for anything else."""
    bucket, _, key = address.removeprefix("gs://").partition("/")
    if not address.startswith("gs://") or not bucket:
        raise Reject(f"{address} is no address in a bucket: write gs://BUCKET/FOLDER")
    return bucket, key


def project_of(exports_bucket: str) -> str:
    """The project that a bucket for exports belongs to, by its name. Raises `Reject` where it does not tell."""
    if not exports_bucket.endswith(EXPORTS):
        raise Reject(f"the name of gs://{exports_bucket} does not tell its project: add --project or --config")
    return exports_bucket.removesuffix(EXPORTS)


def find_key(place: CloudSettings) -> bytes:
    """What handles are made with: from the environment, else from Secret Manager. Raises `Reject`."""
    text = cloud_key()
    return decode_key(text if text is not None else _secret(place))


def decode_key(text: str) -> bytes:
    """A key from its base64 text. Raises `Reject`, without quoting it, where it is none."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != SIZE:
        raise Reject(f"the key that handles are made with must be {SIZE} bytes in base64")
    return key


def _secret(place: CloudSettings) -> str:
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import secretmanager

    name = f"projects/{place.project}/secrets/{place.key_secret}/versions/latest"
    try:
        client = secretmanager.SecretManagerServiceClient()
        return client.access_secret_version(name=name).payload.data.decode()
    except (GoogleAPICallError, GoogleAuthError) as error:
        raise Reject(
            f"the secret {place.key_secret} cannot be read ({type(error).__name__}): ask for access"
        ) from error
