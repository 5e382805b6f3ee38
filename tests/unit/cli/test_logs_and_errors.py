import json
import logging

import pytest

from egregora.cli import answer
from egregora.logs import JsonFormatter, event, log_to, logger, whereabouts


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def test_a_log_line_is_one_json_object_with_its_facts() -> None:
    kept = _Kept()
    log_to(kept)
    event("window done", window="abc", attempt=2, cost=0.5)
    logger.removeHandler(kept)
    (line,) = (json.loads(line) for line in kept.lines)
    assert (line["message"], line["window"], line["attempt"], line["cost"]) == ("window done", "abc", 2, 0.5)
    assert line["severity"] == "INFO"


def test_of_an_exception_only_type_and_place_are_logged() -> None:
    try:
        raise ValueError("Anna said hello")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "failed", None, (type(error), error, error.__traceback__)
        )
        line = JsonFormatter().format(record)
        place = whereabouts(error)
    assert "Anna" not in line + place
    assert json.loads(line)["error"] == "ValueError"
    assert place.startswith("ValueError at test_logs_and_errors.py:")


@pytest.mark.parametrize("arguments", [["nonsense"], ["run"], ["run", "--nonsense"], ["serve", "--port", "x"]])
def test_wrong_use_is_told_and_could_not_start(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("egregora")
    assert "--help" in line


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["--help"]) == 0
    said = capsys.readouterr().out
    for name in ("run", "messages", "estimate", "status", "reprocess", "publish", "serve", "doctor", "forget", "init"):
        assert f"\n  {name} " in said
        assert answer([name, "--help"]) == 0
