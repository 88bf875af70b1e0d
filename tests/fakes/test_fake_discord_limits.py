"""The limits of the fake: what it refuses, and in which words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord_server import FakeDiscord
from tests.fakes.discord_server.form_limits import check_choices, check_modal
from tests.fakes.discord_server.refusals import Refusal

V2 = 1 << 15
JSON = dict[str, Any]


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


async def ask(server: FakeDiscord, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One call with the bot's token; status and answer."""
    headers = {"Authorization": f"Bot {server.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, server.api_url + path, json=body) as answer,
    ):
        return answer.status, await answer.json()


def complaints(tree: Any, path: str = "") -> list[str]:
    """The paths of a form error's tree, each with its code."""
    found = [f"{path} {each['code']}" for each in tree.get("_errors", [])]
    for key, inner in tree.items():
        if key != "_errors":
            found += complaints(inner, f"{path}.{key}".lstrip("."))
    return found


def text(content: str = "x") -> JSON:
    return {"type": 10, "content": content}


def button(number: int = 1, **more: Any) -> JSON:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": f"b{number}"} | more


def row(*parts: JSON) -> JSON:
    return {"type": 1, "components": list(parts)}


def select(options: int, **more: Any) -> JSON:
    told = [{"label": f"o{number}", "value": f"v{number}"} for number in range(options)]
    return {"type": 3, "custom_id": "s", "options": told} | more


def v2(*parts: JSON, **more: Any) -> JSON:
    return {"flags": V2, "components": list(parts)} | more


LENGTH, BOUNDS, CHOICE = "BASE_TYPE_MAX_LENGTH", "BASE_TYPE_BAD_LENGTH", "BASE_TYPE_CHOICES"
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
REFUSED = [
    ({"content": "x" * 2001}, f"content {LENGTH}"),
    ({"content": "x", "nonce": "n" * 26}, f"nonce {LENGTH}"),
    ({"embeds": [{"title": "x"}] * 11}, f"embeds {BOUNDS}"),
    ({"embeds": [{"title": "x" * 257}]}, f"embeds.0.title {LENGTH}"),
    ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds MAX_EMBED_SIZE_EXCEEDED"),
    ({"components": [row(*[button(n) for n in range(6)])]}, f"components.0.components {BOUNDS}"),
    ({"components": [row(button(n)) for n in range(6)]}, f"components {BOUNDS}"),
    ({"components": [text()]}, f"components.0.type {CHOICE}"),
    (
        {"components": [row(button(label="x" * 81))]},
        f"components.0.components.0.label {LENGTH}",
    ),
    (
        {"components": [row(button(custom_id="x" * 101))]},
        f"components.0.components.0.custom_id {BOUNDS}",
    ),
    (
        {"components": [row(button(1), button(1))]},
        "components COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    ({"components": [row(button(1) | {"style": 5})]}, "BUTTON_COMPONENT_URL_REQUIRED"),
    ({"components": [row(select(26))]}, f"components.0.components.0.options {BOUNDS}"),
    ({"components": [row(select(0))]}, f"components.0.components.0.options {BOUNDS}"),
    ({"components": [row(select(1), button())]}, "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
    ({"components": [row(select(1, placeholder="x" * 151))]}, f"placeholder {LENGTH}"),
    (v2(text(), content="x"), f"content {LEGACY}"),
    (v2(text(), embeds=[{"title": "x"}]), f"embeds {LEGACY}"),
    (v2(*[text()] * 41), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"),
    (v2(text("x" * 2500), text("x" * 1501)), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
    (v2(text("")), f"components.0.content {BOUNDS}"),
    (v2(button()), f"components.0.type {CHOICE}"),
    (v2({"type": 9, "components": [text()]}), "components.0.accessory BASE_TYPE_REQUIRED"),
    (
        v2({"type": 17, "components": [{"type": 17, "components": [text()]}]}),
        f"components.0.components.0.type {CHOICE}",
    ),
    (v2(text() | {"id": 7}, text() | {"id": 7}), "components COMPONENT_ID_INVALID"),
    (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, "allowed_mentions.parse.0"),
]


@pytest.mark.parametrize(("body", "complaint"), REFUSED)
async def test_a_message_beyond_a_limit_is_refused(
    server: FakeDiscord, body: JSON, complaint: str
) -> None:
    place = server.text_channel("support")
    status, answer = await ask(server, "POST", f"/channels/{place.id}/messages", body)
    assert (status, answer["code"]) == (400, 50035)
    assert any(complaint in each for each in complaints(answer["errors"]))
    assert server.messages(place) == []


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2000},
        {"components": [row(*[button(n) for n in range(5)])]},
        {"components": [row(select(25))]},
        v2(*[text("x" * 100)] * 40),
        v2({"type": 9, "components": [text()], "accessory": button()}),
        v2({"type": 17, "components": [text(), {"type": 14}, row(button())]}),
    ],
)
async def test_a_message_at_the_limit_is_taken(server: FakeDiscord, body: JSON) -> None:
    place = server.text_channel("support")
    status, _ = await ask(server, "POST", f"/channels/{place.id}/messages", body)
    assert status == 200


async def test_an_empty_message_is_refused(server: FakeDiscord) -> None:
    place = server.text_channel("support")
    status, answer = await ask(server, "POST", f"/channels/{place.id}/messages", {"content": ""})
    assert (status, answer["code"]) == (400, 50006)


def field(**more: Any) -> JSON:
    component = {"type": 4, "custom_id": "body", "style": 1} | more
    return {"type": 18, "label": "Text", "component": component}


def form(*parts: JSON, **more: Any) -> JSON:
    return {"title": "Reply", "custom_id": "m", "components": list(parts)} | more


RADIO = {"type": 21, "options": [{"label": "a", "value": "a"}]}


@pytest.mark.parametrize(
    ("modal", "complaint"),
    [
        (form(field(), title="x" * 46), "data.title"),
        (form(field(), custom_id="x" * 101), "data.custom_id"),
        (form(), "data.components"),
        (form(*[field(custom_id=f"f{n}") for n in range(6)]), "data.components"),
        (form(field(), field()), "COMPONENT_CUSTOM_ID_DUPLICATED"),
        (form(field() | {"label": "x" * 46}), "data.components.0.label"),
        (form(field() | {"description": "x" * 101}), "data.components.0.description"),
        (form(field(max_length=4001)), "component.max_length"),
        (form(field(value="x" * 4001)), "component.value"),
        (form(field(label="twice")), "component.label"),
        (form(field(type=2)), "component.type"),
        (form(field(**RADIO)), "component.options"),
        (form(field(type=19, max_values=11)), "component.max_values"),
        (form(row(field()["component"] | {"label": "x" * 46})), "components.0.label"),
        (form(button()), "data.components.0.type"),
    ],
)
def test_a_form_beyond_a_limit_is_refused(modal: JSON, complaint: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_modal(modal)
    assert any(complaint in each for each in complaints(refused.value.errors))


def test_more_than_25_choices_are_refused() -> None:
    choice = {"name": "n", "value": "v"}
    check_choices([choice] * 25)
    with pytest.raises(Refusal):
        check_choices([choice] * 26)
    with pytest.raises(Refusal):
        check_choices([{"name": "x" * 101, "value": "v"}])


# -- commands ----------------------------------------------------------------------------------


def command(name: str = "ticket", **more: Any) -> JSON:
    return {"name": name, "description": "Tickets", "type": 1} | more


def option(name: str = "number", **more: Any) -> JSON:
    return {"name": name, "description": "Which", "type": 3} | more


CHOICES = [{"name": f"c{n}", "value": f"v{n}"} for n in range(26)]


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        ([command("Ticket")], "0.name"),
        ([command("two words")], "0.name"),
        ([command("x" * 33)], "0.name"),
        ([command(description="x" * 101)], "0.description"),
        ([command(description="")], "0.description"),
        ([command(), command()], "APPLICATION_COMMANDS_DUPLICATE_NAME"),
        ([command(options=[option(f"o{n}") for n in range(26)])], "0.options"),
        ([command(options=[option(), option()])], "0.options.0.name"),
        ([command(options=[option(choices=CHOICES)])], "0.options.0.choices"),
        (
            [command(options=[option("a"), option("b", required=True)])],
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            [command(options=[option(), option("sub", type=1)])],
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            [command(options=[option(autocomplete=True, choices=CHOICES[:1])])],
            "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_CHOICES",
        ),
        ([command("Send", type=3, description="not here")], "APPLICATION_COMMAND_MENU"),
    ],
)
async def test_commands_beyond_a_limit_are_refused(
    server: FakeDiscord, commands: list[JSON], complaint: str
) -> None:
    status, answer = await ask(server, "PUT", f"/applications/{server.me.id}/commands", commands)
    assert (status, answer["code"]) == (400, 50035)
    assert any(complaint in each for each in complaints(answer["errors"]))
    assert server.syncs == []


async def test_too_large_a_command_is_refused(server: FakeDiscord) -> None:
    choices = [{"name": f"n{n:099}", "value": f"v{n:099}"} for n in range(2)]
    options = [option(f"o{n}", choices=choices) for n in range(20)]
    path = f"/applications/{server.me.id}/commands"
    status, answer = await ask(server, "PUT", path, [command(options=options)])
    assert status == 400
    assert any("TOO_LARGE" in each for each in complaints(answer["errors"]))


async def test_too_many_menu_entries_are_refused(server: FakeDiscord) -> None:
    entries = [{"name": f"Entry {n}", "type": 3} for n in range(16)]
    path = f"/applications/{server.me.id}/commands"
    status, answer = await ask(server, "PUT", path, entries)
    assert (status, answer["code"]) == (400, 30032)


async def test_a_sync_is_recorded_and_ids_stay(server: FakeDiscord) -> None:
    path = f"/applications/{server.me.id}/commands"
    _, first = await ask(server, "PUT", path, [command()])
    _, second = await ask(server, "PUT", path, [command(description="More"), command("page")])
    _, listed = await ask(server, "GET", path)
    assert first[0]["id"] == second[0]["id"]
    assert [each["name"] for each in listed] == ["ticket", "page"]
    assert [len(sync.commands) for sync in server.syncs] == [1, 2]


async def test_two_hundred_commands_a_day_may_be_made(server: FakeDiscord) -> None:
    path = f"/applications/{server.me.id}/commands"
    for generation in range(4):
        made = [command(f"c{generation}-{n}") for n in range(50)]
        assert (await ask(server, "PUT", path, made))[0] == 200
    status, answer = await ask(server, "PUT", path, [command()])
    assert (status, answer["code"]) == (400, 30034)


async def test_commands_of_one_server_are_their_own(server: FakeDiscord) -> None:
    path = f"/applications/{server.me.id}/guilds/{server.guild.id}/commands"
    await ask(server, "PUT", path, [command()])
    _, everywhere = await ask(server, "GET", f"/applications/{server.me.id}/commands")
    assert everywhere == []
    assert server.syncs[0].guild_id == server.guild.id


async def test_a_forum_may_ask_for_a_tag(server: FakeDiscord) -> None:
    forum = server.forum("tickets", ["New"], require_tag=True)
    body = {"name": "SUP-1", "message": {"content": "x"}}
    path = f"/channels/{forum.id}/threads"
    _, missing = await ask(server, "POST", path, body)
    _, strange = await ask(server, "POST", path, body | {"applied_tags": ["1"]})
    status, _ = await ask(server, "POST", path, body | {"applied_tags": [forum.tags[0].id]})
    assert (missing["code"], strange["code"], status) == (40067, 10087, 200)
