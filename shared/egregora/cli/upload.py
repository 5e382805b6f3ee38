"""`egregora upload`: put an export where a deployment finds it, and look on until its site has grown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from egregora.cli import DONE, WITH_FAILURES
from egregora.cli.options import Cloud, as_json, deployed, line, plural, show_json

if TYPE_CHECKING:
    from egregora.blobs.gcs import GcsBlobs
    from egregora.pipeline.deployment import Deployment
    from egregora.pipeline.uploads import UploadRecord

NAMES = 1_000
"""Files of one name that are told apart by a number, as people's own systems do."""


@click.command("upload")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", metavar="gs://BUCKET/FOLDER", help="Where to; a folder names the conversation.")
@click.option("--watch/--no-watch", default=True, show_default=True, help="Follow it until the website has grown.")
@deployed
@as_json
def command(file: Path, to: str | None, watch: bool, cloud: Cloud | None, as_json: bool) -> int:
    """Put an export into a deployment's bucket, and follow it until the website has grown.

    A file that is there already is not sent again. Stopping to watch stops nothing.
    """
    from egregora.blobs.gcs import GcsBlobs
    from egregora.cli.places import open_there
    from egregora.clock import SystemClock
    from egregora.cloud.whereabouts import find_deployment, project_of, split_address
    from egregora.errors import Reject

    if not to and not cloud:
        raise Reject("name the bucket with --to gs://BUCKET, or the deployment with --project or --config")
    bucket, folder = split_address(to) if to else ("", "")
    cloud = cloud or Cloud(project_of(bucket), None)
    found = find_deployment(project=cloud.project, config=cloud.config)
    if bucket not in {"", found.exports_bucket}:
        raise Reject(f"gs://{bucket} is not where this deployment takes exports: that is gs://{found.exports_bucket}")
    began = SystemClock().now()
    sent = _send(GcsBlobs(found.exports_bucket, project=found.project), found.exports_bucket, folder, file)
    click.echo(f"Put at gs://{sent.bucket}/{sent.key}", err=as_json)
    if not watch:
        click.echo(f"See what becomes of it with: {line('status', *cloud.words)}", err=as_json)
        return DONE
    place = open_there(found, cloud, since=began)
    record = _until_read(place.deployment, sent)
    for chat in record.chats:
        said = f"{chat.source}: {plural(chat.messages, 'message')} read, {plural(chat.windows, 'window')}"
        click.echo(said, err=as_json)
    tally = place.work_off(sources=[chat.source for chat in record.chats])
    _until_published(place.deployment)
    failures = tally.blocked + tally.failed
    if as_json:
        show_json({"upload": sent, "chats": record.model_dump()["chats"], "windows": tally, "failures": failures})
        return WITH_FAILURES if failures else DONE
    click.echo(f"The site has grown: {plural(tally.done, 'window')} written now, {plural(tally.posts, 'post')}.")
    if failures:
        click.echo(f"{plural(failures, 'window')} could not be written: {line('status', *cloud.words)}")
    return WITH_FAILURES if failures else DONE


@dataclass(frozen=True, slots=True)
class Sent:
    """An object that holds an export, and what the deployment's record of it is known by."""

    bucket: str
    key: str
    generation: int
    upload: str


def _send(blobs: GcsBlobs, bucket: str, folder: str, file: Path) -> Sent:
    """Send `file` under the first name that is free, unless it is there already."""
    from egregora.cli.working import sending
    from egregora.errors import Conflict, Reject
    from egregora.pipeline.uploads import upload_id

    name = PurePosixPath(folder.strip("/")) / file.name
    for number in range(1, NAMES + 1):
        key = str(name if number == 1 else name.with_name(f"{name.stem} ({number}){name.suffix}"))
        try:
            with sending(file) as stream:
                crc32c, size, generation = blobs.put_file(key, stream)
        except Conflict:
            continue
        return Sent(bucket, key, generation, upload_id(key, crc32c, size))
    raise Reject(f"{NAMES} other files are called {file.name}: give it a name of its own")


def _until_read(deployment: Deployment, sent: Sent) -> UploadRecord:
    """Wait until an upload is in the archive. Raises `Reject` where it was refused, `Retry` where it is not read."""
    from egregora.cli.working import wait_for
    from egregora.errors import Reject
    from egregora.pipeline.refusals import find_refusal
    from egregora.pipeline.uploads import find_upload

    def look() -> UploadRecord | None:
        if record := find_upload(deployment.blobs, sent.upload):
            return record
        if refusal := find_refusal(deployment.blobs, "upload", sent.bucket, sent.key, str(sent.generation)):
            raise Reject(f"{sent.key} was refused: {refusal.reason}")
        return None

    return wait_for("slice_export", look, deployment.clock, saying="Waiting for it to be read")


def _until_published(deployment: Deployment) -> None:
    """Wait until the site stands at what is known. Raises `Retry` where it does not."""
    from egregora.cli.working import wait_for
    from egregora.pipeline.publishing import is_published

    wait_for("publish_site", lambda: is_published(deployment), deployment.clock, saying="Waiting for the website")
