"""`deskhand manifest slack`: printed before there is a configuration, and after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app

SLACK = """
[service]
public_url = "https://desk.example.com"
[slack]
mode = "http"
bot_token = "xoxb-1-2"
signing_secret = "8f742231b10e8888abcd99yyyzzz85a5"
commands = { ticket = "/desk" }
"""


def deskhand(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "deskhand.toml"
    path.write_text(SLACK, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_it_needs_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = deskhand("manifest", "slack")
    assert printed.exit_code == 0
    assert 'command: "/ticket"' in printed.output
    assert "socket_mode_enabled: true" in printed.output


def test_names_and_addresses_are_those_of_the_configuration(config: Path) -> None:
    printed = deskhand("manifest", "slack", "--config", config, "--json")
    content = json.loads(printed.output)
    first = content["features"]["slash_commands"][0]
    assert (first["command"], first["url"]) == ("/desk", "https://desk.example.com/slack/events")
    sockets = deskhand("manifest", "slack", "--config", config, "--mode", "socket", "--json")
    assert json.loads(sockets.output)["settings"]["socket_mode_enabled"] is True


def test_requests_need_an_https_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused = deskhand("manifest", "slack", "--mode", "http")
    assert refused.exit_code == 2
    assert "service.public_url" in refused.output
