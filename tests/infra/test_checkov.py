from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from infra.terraform import INFRA
from servers.tools import TOOLS, lacking

DEAD = "http://127.0.0.1:9"


@pytest.mark.slow
@pytest.mark.xdist_group("terraform")
def test_checkov_finds_nothing_that_is_not_explained() -> None:
    program = TOOLS / "checkov" / "bin" / "checkov"
    if not program.exists():
        lacking("checkov", "make .tools/checkov/.done puts it into an environment of its own")
    offline = {"HTTP_PROXY": DEAD, "HTTPS_PROXY": DEAD, "http_proxy": DEAD, "https_proxy": DEAD}
    options = ["--framework", "terraform", "--skip-download", "--skip-results-upload", "--compact", "-o", "json"]
    command = [str(program), "--directory", str(INFRA), *options]
    done = subprocess.run(command, env=os.environ | offline, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    failed = [f"{found['check_id']} {found['resource']}" for found in report["results"]["failed_checks"]]
    assert (done.returncode, failed) == (0, [])
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 30
    skipped = {found["check_result"]["suppress_comment"].strip() for found in report["results"]["skipped_checks"]}
    written = [line for path in INFRA.glob("*.tf") for line in re.findall("checkov:skip.*", path.read_text("utf-8"))]
    assert len(report["results"]["skipped_checks"]) == len(written), "a skip that nothing needs"
    assert all(len(comment.split()) > 4 for comment in skipped), "a skip without its reason"
