"""Files of a message that somebody chose by its menu go along with the form that opens."""

from __future__ import annotations

from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import DiscordDesk
from tests.fakes.discord_server import Message, Person
from tests.scenario.desk import MARIA

FILES = [("log.txt", b"ERROR"), ("screen.png", b"PNG")]


async def shown(desk: DiscordDesk, ana: Person) -> Message:
    """Ana shows two files in the ticket's thread."""
    said = await ana.says(await desk.post_of(), "Here is the log.", files=FILES)
    await desk.quiet()
    return said


async def sent(desk: DiscordDesk) -> list[str]:
    """The files of what the customer got last."""
    await desk.after(seconds=10)
    return [file.name for file in desk.mails(MARIA)[-1].attachments]


async def test_the_files_of_the_message_go_out_with_the_reply(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    form = await people["ana"].uses_menu(await shown(desk, people["ana"]), "Reply to customer")
    assert "log.txt, screen.png go along" in str(form.form)
    await people["ana"].submits(form, {"text": "As asked."})
    assert await sent(desk) == ["log.txt", "screen.png"]


async def test_files_of_the_form_come_after_them(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    form = await people["ana"].uses_menu(await shown(desk, people["ana"]), "Reply to customer")
    await people["ana"].submits(form, {"text": "x"}, files={"files": [("more.txt", b"M")]})
    assert await sent(desk) == ["log.txt", "screen.png", "more.txt"]


async def test_the_files_are_known_after_a_restart(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    form = await people["ana"].uses_menu(await shown(desk, people["ana"]), "Reply to customer")
    await desk.restart()
    await people["ana"].submits(form, {"text": "As asked."})
    assert await sent(desk) == ["log.txt", "screen.png"]


async def test_without_message_content_the_files_go_along(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await shown(desk, people["ana"])
    desk.discord.world.message_content = False
    form = await people["ana"].uses_menu(said, "Reply to customer")
    await people["ana"].submits(form, {"text": "As asked."})
    assert await sent(desk) == ["log.txt", "screen.png"]


async def test_nothing_is_sent_without_the_files_it_was_to_take_along(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await shown(desk, people["ana"])
    form = await people["ana"].uses_menu(said, "Reply to customer")
    await people["ana"].deletes(said)
    await desk.restart()
    refused = await people["ana"].submits(form, {"text": "As asked."})
    assert "could not be taken along; nothing was done" in refused.text
    await desk.after(seconds=10)
    assert not desk.mails(MARIA)


async def test_a_message_without_files_leaves_the_form_as_it_is(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await people["ana"].says(await desk.post_of(), "We have found it.")
    form = await people["ana"].uses_menu(said, "Reply to customer")
    assert form.form["custom_id"].startswith("dk1:reply:SUP-1")
    assert "#" not in form.form["custom_id"]
