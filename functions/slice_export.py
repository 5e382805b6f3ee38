"""Bring an upload into the archive and enqueue what is new, as Eventarc tells of it."""

from __future__ import annotations

import dataclasses

import functions_framework

from egregora.cloud import starting
from egregora.cloud.answers import Answer
from egregora.cloud.events import read_event
from egregora.cloud.functions import Call, function
from egregora.errors import NotFound, Reject, Unreadable
from egregora.ingest import open_export
from egregora.logs import event
from egregora.pipeline import slicing
from egregora.pipeline.uploads import keep_upload, upload_id


@functions_framework.http
@starting.quick
@function()
def slice_export(call: Call) -> Answer:
    """200 where there is nothing more to do about the upload; anything else has Eventarc deliver the event again."""
    try:
        upload = read_event(call.request.headers, call.body)
    except Reject as error:
        return call.refuse("task", error, call.body)
    if upload is None or upload.bucket != call.place.exports_bucket or not upload.is_file:
        return Answer(200, "no export")
    deployment = call.deployment
    try:
        export = open_export([upload.source(call.exports)], deployment.settings.ingest, now=deployment.clock.now())
        sliced = slicing.slice_export(deployment, export, folder=upload.folder)
    except Unreadable as error:
        return call.refuse("upload", error, upload.bucket, upload.name, str(upload.generation))
    except NotFound:
        if upload.is_current(call.exports):
            raise
        return Answer(200, "overwritten or deleted meanwhile: a newer event tells of it")
    keep_upload(deployment.blobs, upload_id(upload.name, upload.crc32c, upload.size), sliced)
    for part in sliced:
        event("sliced", **dataclasses.asdict(part))
    return Answer(200, "sliced")
