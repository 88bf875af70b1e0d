"""The main job, told in Discord: a mail becomes a thread, is claimed, answered and ended there."""

from __future__ import annotations

import pytest

from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import DiscordDesk
from tests.scenario.desk import MARIA


async def test_a_mail_becomes_a_card_with_a_thread(setting: Setting) -> None:
    desk, _ = setting
    await desk.mail()
    card, thread = await desk.card_of(), await desk.post_of()
    assert "SUP-1" in card.text
    assert "Invoice shows wrong VAT" in card.text
    assert thread.id == card.id
    assert thread.name == "SUP-1 Invoice shows wrong VAT"
    assert card.channel_id == desk.place.id


async def test_it_becomes_a_post_of_a_forum_with_tags(board: Setting) -> None:
    desk, _ = board
    await desk.mail()
    thread = await desk.post_of()
    assert desk.discord.tags(thread) == ["New", "Shop Support"]
    assert (await desk.card_of()).channel_id == thread.id


async def jolt(desk: DiscordDesk, way: str) -> None:
    """Something happens to the gateway, or nothing."""
    gateway = desk.discord.gateway
    match way:
        case "dropped":
            gateway.drop()
        case "told to reconnect":
            await gateway.reconnect()
        case _:
            pass


@pytest.mark.parametrize("way", ["steady", "dropped", "told to reconnect"])
async def test_the_whole_story(board: Setting, way: str) -> None:
    desk, people = board
    ana = people["ana"]
    await desk.mail()
    await jolt(desk, way)
    assert "SUP-1 is yours" in (await ana.presses(await desk.card_of(), "Claim")).text
    await desk.quiet()
    assert "Ana" in (await desk.card_of()).text
    await jolt(desk, way)
    form = await ana.presses(await desk.card_of(), "Reply")
    await jolt(desk, way)
    sent = await ana.submits(form, {"text": "We are on it."})
    assert "Sending to maria@acme.example" in sent.text
    await desk.after(seconds=10)
    assert desk.mails(MARIA)[-1].text.startswith("We are on it.")
    assert desk.discord.tags(await desk.post_of())[0] == "Waiting"
    assert any("✅ sent to maria@acme.example" in line for line in await desk.lines())
    await desk.answer(desk.mails(MARIA)[-1], "Thank you!")
    assert any("Thank you!" in line for line in await desk.lines())
    await jolt(desk, way)
    await ana.types(await desk.post_of(), "/ticket resolve reason:done")
    await desk.quiet()
    thread = await desk.post_of()
    assert thread.thread.archived
    assert not thread.thread.locked
    assert desk.discord.tags(thread)[0] == "Resolved"
