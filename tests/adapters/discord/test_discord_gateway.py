"""The gateway comes and goes: nothing that was said is lost, and nothing else stops."""

from __future__ import annotations

import pytest

from bot.domain.directory import Directory
from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import DiscordDesk, desk_in_discord
from tests.fakes.discord_server import IDENTIFY, RESUME

LISTED = "GET /channels/{channel_id}/messages"


async def notes(desk: DiscordDesk) -> list[str]:
    """What the team said on the ticket."""
    return [message.text for message in (await desk.messages())[1:]]


def caught_up(desk: DiscordDesk) -> int:
    """How often a thread was read on from the last message that was known."""
    return sum("after" in call.query for call in desk.discord.called(LISTED))


async def back(desk: DiscordDesk, op: int, count: int) -> None:
    """The bot has come back that way, so many times."""
    gateway = desk.discord.gateway
    await desk.discord.until(lambda: len(gateway.sent_by_client(op)) >= count, "the bot's return")
    await desk.discord.connected()
    await desk.quiet()


# ------------------------------------------------------------ gaps


@pytest.mark.parametrize("way", ["drop", "op 7", "op 9 resumable", "close 4000"])
async def test_a_lost_line_is_resumed_and_nothing_is_missed(setting: Setting, way: str) -> None:
    desk, people = setting
    await desk.mail()
    gateway = desk.discord.gateway
    match way:
        case "drop":
            gateway.drop()
        case "op 7":
            await gateway.reconnect()
        case "op 9 resumable":
            await gateway.invalidate(resumable=True)
        case _:
            await gateway.close(4000)
    await people["ana"].says(await desk.post_of(), "are you there?")
    await back(desk, RESUME, 1)
    assert await notes(desk) == ["are you there?"]
    assert len(gateway.sent_by_client(IDENTIFY)) == 1


async def test_a_lost_session_is_caught_up_over_rest_in_order(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "one")
    await desk.quiet()
    desk.discord.gateway.forget()
    for words in ("two", "three", "!claim"):
        await people["ana"].says(await desk.post_of(), words)
    await back(desk, IDENTIFY, 2)
    assert await notes(desk) == ["one", "two", "three"]
    assert (await desk.ticket()).assignee == "ana"
    assert caught_up(desk) == 1


async def test_a_gesture_in_the_gap_is_not_lost_to_a_resume(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    desk.discord.gateway.drop()
    people["ana"].waits = False
    seen = await people["ana"].presses(await desk.card_of(), "Claim")
    await seen.finished()
    assert "SUP-1 is yours" in seen.text


async def test_what_was_said_while_we_were_stopped_is_caught_up(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "!claim")
    await people["ana"].says(await desk.post_of(), "one")
    await desk.quiet()
    await desk.bot.stop()
    await people["ana"].says(await desk.post_of(), "two")
    desk.bot = desk.another()
    await desk.connect()
    await desk.quiet()
    assert await notes(desk) == ["one", "two"]
    assert not people["ana"].inbox


async def test_a_thread_without_news_is_not_read(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "one")
    await desk.quiet()
    await desk.discord.gateway.invalidate()
    await back(desk, IDENTIFY, 2)
    assert not caught_up(desk)


async def test_an_outage_is_outlived_and_the_thread_catches_up_in_order(
    setting: Setting,
) -> None:
    desk, _ = setting
    await desk.mail()
    desk.discord.go_down()
    await desk.run("ana", "/ticket claim SUP-1")
    await desk.run("ana", "/ticket note SUP-1 while you were out")
    assert "away" in desk.bot.state
    desk.discord.come_back()
    await desk.after(minutes=2)
    await desk.discord.connected()
    await desk.quiet()
    lines = await desk.lines()
    assert [("claimed" in line, "while you were out" in line) for line in lines[-2:]] == [
        (True, False),
        (False, True),
    ]
    assert "Ana" in (await desk.card_of()).text


# ------------------------------------------------------------ who may listen


async def test_discord_away_at_the_start_stops_nothing(shop: Directory) -> None:
    async with desk_in_discord(shop, start=False) as (desk, people):
        desk.discord.go_down()
        await desk.bot.start()
        await desk.mail()
        await desk.discord.until(lambda: "away" in desk.bot.state, "the news")
        desk.discord.come_back()
        await desk.discord.connected()
        await desk.after(minutes=2)
        seen = await people["ana"].presses(await desk.card_of(), "Claim")
        assert "SUP-1 is yours" in seen.text


async def test_a_refused_token_is_told_and_stops_nothing(shop: Directory) -> None:
    async with desk_in_discord(shop, start=False) as (desk, _):
        await desk.discord.revoke_token()
        await desk.bot.start()
        await desk.discord.until(lambda: desk.told, "the notice")
        assert desk.bot.state.startswith("the token is refused")
        await desk.mail()
        assert (await desk.ticket()).number == "SUP-1"


async def test_a_token_that_is_taken_away_is_told(setting: Setting) -> None:
    desk, _ = setting
    await desk.discord.revoke_token()
    await desk.discord.until(lambda: desk.told, "the notice")
    assert desk.bot.state.startswith("the token is refused")


async def test_without_message_content_commands_and_forms_go_on(shop: Directory) -> None:
    async with desk_in_discord(shop, start=False) as (desk, people):
        desk.discord.world.message_content = False
        await desk.connect()
        await desk.mail()
        assert "without the message content intent" in desk.bot.state
        said = await people["ana"].says(await desk.post_of(), "nobody hears this")
        form = await people["ana"].uses_menu(said, "Add to ticket…")
        assert form.fields["text"]["value"] == "nobody hears this"
        await people["ana"].submits(form, {})
        await desk.quiet()
        assert await notes(desk) == ["nobody hears this"]


async def test_one_instance_listens_and_the_other_takes_over(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    other = desk.another()
    await other.start()
    await desk.discord.until(lambda: "another instance" in other.state, "the other to wait")
    assert desk.discord.gateway.connected == 1
    place = await desk.thread_at("SUP-1")
    assert place is not None
    await other.surface.post(place, (await desk.run("ana", "/ticket show SUP-1")).card, "k1")  # type: ignore[arg-type]
    await desk.bot.stop()
    desk.bot = other
    await desk.discord.until(lambda: other.state == "connected", "the other to listen")
    await people["ana"].says(await desk.post_of(), "still there?")
    await desk.quiet()
    assert (await notes(desk))[-1] == "still there?"


async def test_a_lost_duty_ends_the_listening(shop: Directory) -> None:
    async with desk_in_discord(shop) as (desk, _):
        desk.duties[-1].lost.set()
        identified = desk.discord.gateway.sent_by_client
        await desk.discord.until(lambda: len(identified(IDENTIFY)) == 2, "a new start")


async def test_who_cannot_reach_discord_lets_another_one_try(setting: Setting) -> None:
    desk, _ = setting
    desk.discord.go_down()
    await desk.discord.until(lambda: len(desk.duties) > 1, "the duty to be given up")
    assert desk.duties[0].lost.is_set()
    desk.discord.come_back()
    await desk.discord.connected()
