import re
import tomllib

import pytest

from egregora.errors import Reject
from egregora.settings import Settings, SinkSettings, credentials, parse, template


def test_the_written_file_says_nothing_but_defaults() -> None:
    assert parse(template()) == Settings()


def test_every_setting_stands_in_the_written_file_with_its_default() -> None:
    uncommented = re.sub(r"^# (\w+ = )", r"\1", template(), flags=re.MULTILINE)
    assert parse(uncommented) == Settings()
    written = tomllib.loads(uncommented)
    for name, section in Settings():
        if name == "sinks":
            assert all(f"#   {key} = " in template() for key in SinkSettings.model_fields)
            continue
        fields = {key for key, value in vars(section).items() if value is not None}
        assert set(written[name]) == fields


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[windows]\ntokns = 1", "windows.tokns"),
        ("[windows]\ntokens = 1", "windows.tokens"),
        ("[window]\n", "window"),
        ("[windows\n", "not valid TOML"),
        ('[privacy]\nnames = "nick"', "privacy.names"),
        ('[privacy]\nregion = "gb"', "privacy.region"),
        ('[[sinks]]\nwhat = "site"', "sinks.0.to"),
        ('[[sinks]]\nwhat = "web"\nto = "file:x"', "sinks.0.what"),
        ('[[sinks]]\nwhat = "site"\nto = "/srv/site"', "sinks.0.to"),
        ('[[sinks]]\nwhat = "site"\nto = "file:x"\nsources = []', "sinks.0.sources"),
        ('[[sinks]]\nwhat = "site"\nto = "file:x"\nname = "My Site"', "sinks.0.name"),
        ('[[sinks]]\nwhat = "site"\nto = "file:x"\nsource = "*"', "sinks.0.source"),
        ("sinks = 3", "sinks"),
    ],
)
def test_a_fault_is_named_in_one_line_with_the_file(text: str, says: str) -> None:
    with pytest.raises(Reject) as raised:
        parse(text, origin="config/egregora.toml")
    assert says in str(raised.value)
    assert str(raised.value).startswith("config/egregora.toml")
    assert "\n" not in str(raised.value)


def test_a_lease_outlives_the_dispatch_which_outlives_the_function_which_outlives_the_model() -> None:
    run, model = Settings().run, Settings().model
    assert run.lease > run.dispatch_deadline > run.function_timeout > model.timeout
    with pytest.raises(Reject, match="lease"):
        parse("[run]\nlease = 100.0")
    with pytest.raises(Reject, match="timeout"):
        parse("[model]\ntimeout = 600.0")


def test_a_key_is_never_printed() -> None:
    lent = credentials({"GEMINI_API_KEY": "secret-key"})
    assert "secret-key" not in repr(lent)
    assert lent.gemini_key is not None
    assert lent.gemini_key.get_secret_value() == "secret-key"
    assert credentials({}).gemini_key is None


def test_the_example_of_a_sink_is_one() -> None:
    text = template()
    example = [line.removeprefix("#").strip() for line in text[text.index("# [[sinks]]") :].splitlines()]
    kept = "\n".join(line for line in example if re.match(r"\w+ = |\[", line))
    (sink,) = parse(kept).sinks
    assert (sink.what, sink.to, sink.sources) == ("site", "s3://club-site", ("club-*",))


def test_the_password_in_a_sinks_address_is_never_printed() -> None:
    entry = '[[sinks]]\nwhat = "database"\nto = "postgresql://writer:hunter2@db.example/club"\n'
    assert "hunter2" not in repr(parse(entry))
    for fault in ("sources = []", 'unknown = "x"', "name = 3"):
        with pytest.raises(Reject) as raised:
            parse(entry + fault)
        assert "hunter2" not in str(raised.value)
        assert "hunter2" not in str(raised.value.__cause__)
