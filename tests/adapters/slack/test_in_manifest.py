"""The manifest: within Slack's limits, from the configuration's names, and true to what we use."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.events.listeners import EVENTS, Listeners, bolt_app
from adapters.slack.manifest import SCOPES, ManifestSettings, as_yaml, bot_events, manifest
from bot.commands.shortcuts import SHORTCUTS
from bot.commands.table import Table
from bot.config.problems import ConfigProblems
from bot.config.settings import Settings
from bot.config.tables.chat import SlackMode
from bot.config.tables.service import Service
from bot.operate.manifests import slack_manifest
from tests.adapters.slack.front import ROOTS, real_table

NAMES = {**ROOTS, "page": "/pager"}
# From Slack's manifest schema, major version 2: path of a text → its least and most characters.
TEXTS = {
    "display_information.name": (1, 35),
    "display_information.description": (1, 140),
    "display_information.long_description": (174, 4000),
    "features.bot_user.display_name": (1, 80),
    "features.slash_commands.*.command": (2, 32),
    "features.slash_commands.*.description": (1, 2000),
    "features.slash_commands.*.usage_hint": (1, 1000),
    "features.shortcuts.*.name": (1, 24),
    "features.shortcuts.*.callback_id": (1, 255),
    "features.shortcuts.*.description": (1, 150),
}
LISTS = {
    "features.slash_commands": 50,
    "features.shortcuts": 10,
    "oauth_config.scopes.bot": 255,
    "settings.event_subscriptions.bot_events": 100,
}
KEYS = {
    "": {"_metadata", "display_information", "features", "oauth_config", "settings"},
    "display_information": {"name", "description", "long_description", "background_color"},
    "features": {"app_home", "bot_user", "slash_commands", "shortcuts"},
    "features.slash_commands.*": {"command", "description", "usage_hint", "should_escape", "url"},
    "features.shortcuts.*": {"name", "type", "callback_id", "description"},
    "settings": {
        "event_subscriptions",
        "interactivity",
        "org_deploy_enabled",
        "socket_mode_enabled",
        "token_rotation_enabled",
    },
    "settings.event_subscriptions": {"request_url", "bot_events"},
    "settings.interactivity": {"is_enabled", "request_url"},
}
# What each method that we call needs (docs.slack.dev/reference/methods).
NEEDED = {"chat:write", "files:read", "files:write", "users:read", "im:write"}


@pytest.fixture
async def table() -> Table:
    return await real_table()


def made(table: Table, url: str = "") -> dict[str, Any]:
    return manifest(table, ManifestSettings(commands=NAMES, url=url))


def at(content: Any, path: str) -> list[Any]:
    """Everything at a path; a star stands for each entry of a list."""
    found = [content]
    for name in filter(None, path.split(".")):
        if name == "*":
            found = [item for listed in found for item in listed]
        else:
            found = [each[name] for each in found if name in each]
    return found


@pytest.mark.parametrize("url", ["", "https://desk.example.com"])
def test_it_is_within_slacks_limits(table: Table, url: str) -> None:
    content = made(table, url)
    for path, (least, most) in TEXTS.items():
        texts = at(content, path)
        assert texts, path
        assert all(least <= len(text) <= most for text in texts), path
    for path, most in LISTS.items():
        (listed,) = at(content, path)
        assert 0 < len(listed) <= most, path
        assert len({json.dumps(item) for item in listed}) == len(listed), path
    for path, known in KEYS.items():
        assert all(set(each) <= known for each in at(content, path)), path
    assert re.fullmatch("#[0-9a-f]{6}", content["display_information"]["background_color"])


def test_the_limits_of_the_test_are_looked_at(table: Table) -> None:
    content = made(table)
    content["features"]["shortcuts"][0]["name"] = "x" * 25
    assert not all(len(name) <= 24 for name in at(content, "features.shortcuts.*.name"))


def test_commands_have_the_names_of_the_configuration(table: Table) -> None:
    commands = made(table)["features"]["slash_commands"]
    assert [c["command"] for c in commands] == ["/ticket", "/incident", "/oncall", "/pager"]
    assert all(c["should_escape"] for c in commands)
    assert "claim" in commands[0]["usage_hint"]


def test_what_we_listen_to_is_subscribed_and_nothing_else(table: Table) -> None:
    content = made(table)
    kinds = {name.partition(".")[0] for name in bot_events()}
    assert kinds == set(EVENTS)
    assert content["settings"]["event_subscriptions"]["bot_events"] == bot_events()
    listed = [s["callback_id"] for s in content["features"]["shortcuts"]]
    assert listed == [shortcut.key for shortcut in SHORTCUTS]


@pytest.mark.parametrize("kinds", [EVENTS[1:], (*EVENTS, "team_join")])
def test_an_event_without_a_listener_or_a_subscription_is_refused(kinds: tuple[str, ...]) -> None:
    async def nothing(body: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    async def silence(body: Mapping[str, Any]) -> None:
        return

    taken = Listeners(
        command=nothing,
        pressed=nothing,
        changed=nothing,
        shortcut=nothing,
        submitted=nothing,
        closed=nothing,
        events=dict.fromkeys(kinds, silence),
    )
    with pytest.raises(ValueError, match="differ"):
        bolt_app(AsyncWebClient("xoxb-1"), taken, NAMES)


def test_each_scope_has_its_reason(table: Table) -> None:
    asked = made(table)["oauth_config"]["scopes"]["bot"]
    assert asked == list(SCOPES)
    assert set(asked) >= NEEDED
    assert all(len(why) > 10 for why in SCOPES.values())
    text = as_yaml(made(table))
    assert all(f"# {why}" in text for why in SCOPES.values())


def test_http_mode_names_the_address(table: Table) -> None:
    content = made(table, "https://desk.example.com")
    where = "https://desk.example.com/slack/events"
    assert content["settings"]["event_subscriptions"]["request_url"] == where
    assert content["settings"]["interactivity"]["request_url"] == where
    assert {c["url"] for c in content["features"]["slash_commands"]} == {where}
    assert content["settings"]["socket_mode_enabled"] is False
    assert "url" not in json.dumps(made(table))


async def test_requests_need_an_address_that_slack_can_reach() -> None:
    with pytest.raises(ConfigProblems, match="https addresses only"):
        await slack_manifest(Settings(), SlackMode.HTTP)
    settings = Settings(service=Service(public_url="https://desk.example.com"))
    content = await slack_manifest(settings, SlackMode.HTTP)
    assert content["settings"]["socket_mode_enabled"] is False


def test_the_yaml_says_the_same(table: Table) -> None:
    content = made(table)
    assert read_yaml(as_yaml(content).splitlines()) == content


def read_yaml(lines: list[str]) -> Any:
    """The YAML that we write: nested keys, lists, and values as JSON."""
    lines = [re.sub(r"  # .*$", "", line) for line in lines if not line.startswith("#")]
    return _block(lines)


def _block(lines: list[str]) -> Any:
    indent = len(lines[0]) - len(lines[0].lstrip())
    starts = [n for n, line in enumerate(lines) if line[indent] != " "]
    parts = [lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
    if lines[0][indent] == "-":
        return [_item(part, indent) for part in parts]
    return dict(_pair(part, indent) for part in parts)


def _item(part: list[str], indent: int) -> Any:
    first = part[0][:indent] + "  " + part[0][indent + 2 :]
    if part[1:] or re.match(r"\s*\w+: ", first):
        return _block([first, *part[1:]])
    return json.loads(first.strip())


def _pair(part: list[str], indent: int) -> tuple[str, Any]:
    name, _, value = part[0][indent:].partition(":")
    return name, json.loads(value) if value.strip() else _block(part[1:])


def test_the_handbook_tells_the_same_reasons() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operate" / "slack.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_.:]+)` \| (.+) \|$", page, re.MULTILINE)
    assert dict(rows) == dict(SCOPES)
