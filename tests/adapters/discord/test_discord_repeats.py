"""What the gateway brings again, as it does when a session is resumed, does nothing again."""

from __future__ import annotations

from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import DiscordDesk

CALLBACK = "POST /interactions/{interaction_id}/{webhook_token}/callback"


async def brought_again(desk: DiscordDesk, event: str) -> None:
    """The last event of that kind comes once more."""
    (session,) = desk.discord.gateway.sessions.values()
    body = [told for _, name, told in session.sent if name == event][-1]
    await desk.discord.gateway.emit(event, body, 0)
    await desk.quiet()


async def test_a_repeated_gesture_is_not_answered_again(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    seen = await people["ana"].presses(await desk.card_of(), "Claim")
    await brought_again(desk, "INTERACTION_CREATE")
    assert len(desk.discord.called(CALLBACK)) == 1
    assert "SUP-1 is yours" in seen.text


async def test_a_repeated_direct_message_is_not_answered_again(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(people["ana"].dm, "claim SUP-1")
    await desk.quiet()
    before = [message.text for message in people["ana"].inbox]
    await brought_again(desk, "MESSAGE_CREATE")
    assert [message.text for message in people["ana"].inbox] == before


async def test_a_repeated_line_is_one_note(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].says(await desk.post_of(), "looks like DNS")
    await desk.quiet()
    await brought_again(desk, "MESSAGE_CREATE")
    assert [message.text for message in await desk.messages()][1:] == ["looks like DNS"]
