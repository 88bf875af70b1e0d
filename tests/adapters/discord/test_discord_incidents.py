"""Incidents in Discord: how they look, whom a page reaches, and how they end."""

from __future__ import annotations

from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import DiscordDesk


async def declare(desk: DiscordDesk) -> None:
    """Ben declares an incident and asks for help."""
    await desk.run("ben", "/incident declare checkout down --sev1 --service checkout")
    await desk.run("ben", "/incident escalate INC-1 need help")


async def test_an_incident_has_a_card_with_its_colour(board: Setting) -> None:
    desk, _ = board
    await declare(desk)
    card = await desk.card_of("INC-1")
    assert "INC-1" in card.text
    assert "SEV1" in card.text
    assert desk.discord.tags(await desk.post_of("INC-1")) == ["SEV1", "Incident"]


async def test_who_takes_no_direct_messages_is_called_in_the_thread(setting: Setting) -> None:
    desk, people = setting
    for person in people.values():
        person.closes_dms()
    await desk.run("ben", "/incident declare checkout down --sev1 --service checkout")
    # The page may be quicker than the thread; then it comes when it is tried again.
    await desk.after(seconds=30)
    (call,) = [one for one in desk.discord.messages(await desk.post_of("INC-1")) if one.pings]
    assert call.pings.users == {people["carla"].id}
    assert "You are being paged" in call.text


async def test_the_end_archives_the_thread(setting: Setting) -> None:
    desk, people = setting
    await declare(desk)
    form = await people["carla"].presses(await desk.card_of("INC-1"), "Resolve")
    assert not form.failed
    await desk.run("carla", "/incident resolve INC-1 rolled back")
    await desk.quiet()
    assert (await desk.post_of("INC-1")).thread.archived


async def test_a_long_update_stands_in_the_thread_as_a_whole(setting: Setting) -> None:
    desk, _ = setting
    await desk.run("carla", "/incident declare checkout down")
    await desk.press("carla", "dk1:update:INC-1", text="word " * 2000 + "END")
    await desk.quiet()
    told = desk.discord.messages(await desk.post_of("INC-1"))[-1]
    (whole,) = told.attachments
    assert whole.content.decode().endswith("END")
