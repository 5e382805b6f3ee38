"""A run here that feeds sinks elsewhere: as the settings say, also when one of them is away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from egregora.sinks.folder import FolderSink
from egregora.sinks.s3 import S3Sink
from example_chat import egregora, example, run, weekly
from servers.relay import refusal
from servers.s3 import error, shared_s3

pytestmark = pytest.mark.slow


def test_a_sink_that_is_away_is_told_and_fed_once_it_is_back(tmp_path: Path) -> None:
    server = shared_s3()
    bucket = server.make_bucket()
    weekly(tmp_path)
    with (tmp_path / "work/config/egregora.toml").open("a") as settings:
        settings.write(f'\n[[sinks]]\nwhat = "site"\nname = "copy"\nto = "s3://{bucket}/club"\n')
        settings.write('\n[[sinks]]\nwhat = "sidecar"\nto = "file:../sidecars"\n')
    place = ("--work", tmp_path / "work")
    server.fail(*[refusal("list", 403, body=error("AccessDenied"))] * 2)
    export = example(tmp_path, until="2025-01-19")
    told = egregora("run", export, *place, "--to", tmp_path / "site", "--json", expect=1, env=server.environment)
    assert "403" in json.loads(told)["published"]["failures"]["copy"]
    assert "NOT DELIVERED to copy" in egregora("status", *place, expect=1)
    assert "What could not be delivered" in (tmp_path / "site/status/index.html").read_text()
    said = egregora("publish", *place, "--to", tmp_path / "site", expect=1, env=server.environment)
    assert "copy: not delivered: " in said
    server.reset()
    egregora("publish", *place, "--to", tmp_path / "site", env=server.environment)
    assert json.loads(egregora("status", *place, "--json"))["sinks"][0]["state"] == "delivered"
    here, there = FolderSink(tmp_path / "site"), S3Sink(bucket, "club/", client=server.client())
    assert {path: here.read(path) for path in here.list()} == {path: there.read(path) for path in there.list()}
    assert (tmp_path / "sidecars/sidecars.json").exists()


def test_a_sink_of_no_known_kind_is_said_before_anything_is_read(tmp_path: Path) -> None:
    weekly(tmp_path)
    settings = tmp_path / "work/config/egregora.toml"
    settings.write_text('[[sinks]]\nwhat = "site"\nname = "copy"\nto = "ftp://someone:secret@host/club"\n')
    export = example(tmp_path, until="2025-01-12")
    said = egregora("run", export, "--work", tmp_path / "work", "--to", tmp_path / "site", expect=2)
    assert "sinks: copy: no sink is called ftp: there are file, gs, s3" in said
    assert "secret" not in said
    settings.unlink()
    assert run(export, tmp_path)["windows"]["done"] > 0
