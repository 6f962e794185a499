from pathlib import Path

import pytest

from standout.cli.settings import read_settings
from standout.errors import InvalidParameter, UnreadableFile


def test_arguments_win_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("port: 9000\nhost: 0.0.0.0\n")
    settings = read_settings(config, port=9001, host=None)
    assert (settings.port, settings.host) == (9001, "0.0.0.0")


def test_a_log_level_may_be_in_small_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("log_level: warning\n")
    assert read_settings(config).log_level == "WARNING"
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert read_settings(config).log_level == "DEBUG"
    monkeypatch.setenv("LOG_LEVEL", "loud")
    with pytest.raises(InvalidParameter, match="log_level is 'LOUD'"):
        read_settings(config)


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        ("port: many\n", InvalidParameter, "port is 'many'"),
        ("streams: {default_window: 3}\n", InvalidParameter, "streams.default_window is 3"),
        ("port: [\n", UnreadableFile, "is not YAML"),
        ("- a\n- b\n", UnreadableFile, "is not a list of settings"),
        ("just text", UnreadableFile, "is not a list of settings"),
    ],
)
def test_bad_settings_are_named(
    tmp_path: Path, content: str, error: type[Exception], says: str
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(content)
    with pytest.raises(error, match=says):
        read_settings(config)
