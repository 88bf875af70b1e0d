"""What people do with commands, buttons and forms in the fake, answered by the plain library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands, ui

from bot.clock import ManualClock
from tests.fakes.discord_server import CannotSend, FakeDiscord, error
from tests.fakes.plain_discord import PlainBot, logged_in

CALLBACK = "POST /interactions/{interaction_id}/{webhook_token}/callback"
Asked = discord.Interaction[Any]


class Reply(ui.Modal):
    """A form with everything that forms have."""

    intro: ui.TextDisplay[Any] = ui.TextDisplay("To Maria")
    macro: ui.Label[Any] = ui.Label(
        text="Start from",
        component=ui.Select(
            custom_id="macro",
            required=False,
            options=[discord.SelectOption(label="VAT", value="1")],
        ),
    )
    body: ui.Label[Any] = ui.Label(
        text="Message", component=ui.TextInput(custom_id="body", max_length=4000)
    )
    files: ui.Label[Any] = ui.Label(
        text="Attach", component=ui.FileUpload(custom_id="files", required=False, max_values=10)
    )
    then: ui.Label[Any] = ui.Label(
        text="Then",
        component=ui.RadioGroup(
            custom_id="then",
            options=[
                discord.RadioGroupOption(label="Wait", value="pending", default=True),
                discord.RadioGroupOption(label="Resolve", value="resolved"),
            ],
        ),
    )

    def __init__(self) -> None:
        super().__init__(title="Reply to SUP-1", custom_id="m:reply:1")

    async def on_submit(self, asked: Asked) -> None:
        body, then = self.body.component, self.then.component
        files, macro = self.files.component, self.macro.component
        assert isinstance(body, ui.TextInput)
        assert isinstance(then, ui.RadioGroup)
        assert isinstance(files, ui.FileUpload)
        assert isinstance(macro, ui.Select)
        read = [(await file.read()).decode() for file in files.values]
        words = f"{body.value} | {then.value} | {read} | {macro.values}"
        await asked.response.send_message(words, ephemeral=True)


class Card(ui.LayoutView):
    """A card with buttons and a select."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        claim: ui.Button[Any] = ui.Button(label="Claim", custom_id="d:claim")
        reply: ui.Button[Any] = ui.Button(label="Reply", custom_id="d:reply")
        quiet: ui.Button[Any] = ui.Button(label="Quiet", custom_id="d:quiet")
        more: ui.Select[Any] = ui.Select(
            custom_id="d:more", options=[discord.SelectOption(label="Hand over", value="asg")]
        )
        claim.callback = self.claimed  # type: ignore[assignment, method-assign]
        reply.callback = self.replied  # type: ignore[assignment, method-assign]
        quiet.callback = self.quieted  # type: ignore[assignment, method-assign]
        more.callback = self.chosen  # type: ignore[assignment, method-assign]
        self.words: ui.TextDisplay[Any] = ui.TextDisplay("### SUP-1 Printer")
        self.add_item(
            ui.Container(self.words, ui.ActionRow(claim, reply, quiet), ui.ActionRow(more))
        )

    async def claimed(self, asked: Asked) -> None:
        self.words.content = f"### SUP-1 Printer\nOwner <@{asked.user.id}>"
        await asked.response.edit_message(view=self)

    async def replied(self, asked: Asked) -> None:
        await asked.response.send_modal(Reply())

    async def quieted(self, asked: Asked) -> None:
        await asked.response.defer()
        await asked.followup.send("done", ephemeral=True)

    async def chosen(self, asked: Asked) -> None:
        assert asked.data is not None
        await asked.response.send_message(str(asked.data.get("values")), ephemeral=True)


def teach(bot: PlainBot) -> None:
    """The commands of these tests."""
    ticket = app_commands.Group(name="ticket", description="Tickets")

    @ticket.command(name="claim", description="Take one")
    async def claim(asked: Asked, number: str, urgent: bool = False) -> None:
        await asked.response.send_message(f"claimed {number} {urgent}", ephemeral=True)

    @claim.autocomplete("number")
    async def offer(asked: Asked, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}-{n}", value=f"{current}-{n}") for n in (1, 2)]

    @ticket.command(name="give", description="Hand over")
    async def give(asked: Asked, to: discord.Member, prio: app_commands.Range[int, 1, 3]) -> None:
        await asked.response.defer(ephemeral=True, thinking=True)
        await asked.edit_original_response(content=f"{to.display_name} {prio}")

    @ticket.command(name="late", description="Answers too late")
    async def late(asked: Asked) -> None:
        assert isinstance(bot.server.clock, ManualClock)
        bot.server.clock.push(timedelta(seconds=4))
        try:
            await asked.response.defer()
        except discord.NotFound as refused:
            bot.failure = refused

    @app_commands.context_menu(name="Send as reply")
    async def reply(asked: Asked, message: discord.Message) -> None:
        await asked.response.send_message(f"sent: {message.content}")

    bot.tree.add_command(ticket)
    bot.tree.add_command(reply)


@pytest.fixture
async def server() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


@pytest.fixture
async def bot(server: FakeDiscord) -> AsyncIterator[PlainBot]:
    async with logged_in(server) as bot:
        teach(bot)
        await bot.tree.sync()
        yield bot


@pytest.mark.usefixtures("bot")
async def test_a_command_is_typed_and_answered(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    seen = await ana.types(support, "/ticket claim number:SUP-1 urgent:True")
    assert (seen.text, seen.ephemeral) == ("claimed SUP-1 True", True)
    assert server.messages(support) == []


@pytest.mark.usefixtures("bot")
async def test_a_deferred_answer_is_waited_for(server: FakeDiscord) -> None:
    support, ana, ben = server.text_channel("support"), server.person("Ana"), server.person("Ben")
    seen = await ana.types(support, f"/ticket give to:{ben.mention} prio:2")
    assert (seen.text, seen.ephemeral, seen.thinking) == ("Ben 2", True, False)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    "line",
    [
        "/tickets claim number:1",
        "/ticket steal number:1",
        "/ticket claim",
        "/ticket claim SUP-1",
        "/ticket claim number:1 urgent:perhaps",
        "/ticket give to:nobody prio:2",
        "/ticket give to:Ana prio:9",
    ],
)
async def test_the_client_refuses_what_the_commands_do_not_know(
    server: FakeDiscord, line: str
) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    with pytest.raises(CannotSend):
        await ana.types(support, line)


@pytest.mark.usefixtures("bot")
async def test_choices_are_offered_while_typing(server: FakeDiscord) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    offered = await ana.autocompletes(support, "/ticket claim number:SUP")
    assert [choice["value"] for choice in offered] == ["SUP-1", "SUP-2"]


@pytest.mark.usefixtures("bot")
async def test_a_menu_brings_the_message_with_its_text(server: FakeDiscord) -> None:
    server.world.message_content = False
    support, ana = server.text_channel("support"), server.person("Ana")
    message = await ana.says(support, "we fixed it")
    seen = await ana.uses_menu(message, "Send as reply")
    assert seen.text == "sent: we fixed it"
    written = [(one.text, one.kind) for one in server.messages(support)]
    assert written == [("we fixed it", 0), ("sent: we fixed it", 23)]


async def card(server: FakeDiscord, bot: PlainBot) -> Any:
    """A card in a channel of its own."""
    support = server.text_channel("support")
    channel = bot.get_partial_messageable(int(support.id), guild_id=int(server.guild.id))
    sent = await channel.send(view=Card())
    return server.world.message(str(sent.id))


async def test_a_button_changes_its_card(server: FakeDiscord, bot: PlainBot) -> None:
    ana, message = server.person("Ana"), await card(server, bot)
    seen = await ana.presses(message, "Claim")
    assert ana.mention in message.text
    assert seen.message is message


async def test_a_quiet_button_answers_later(server: FakeDiscord, bot: PlainBot) -> None:
    ana, message = server.person("Ana"), await card(server, bot)
    seen = await ana.presses(message, "d:quiet")
    followup = await seen.followup()
    assert seen.deferred
    assert (followup.text, followup.ephemeral_to) == ("done", ana.id)


async def test_a_select_sends_what_was_chosen(server: FakeDiscord, bot: PlainBot) -> None:
    ana, message = server.person("Ana"), await card(server, bot)
    assert (await ana.chooses(message, "Hand over")).text == "['asg']"


async def test_a_form_is_filled_in_and_sent(server: FakeDiscord, bot: PlainBot) -> None:
    ana, message = server.person("Ana"), await card(server, bot)
    opened = await ana.presses(message, "Reply")
    assert (opened.title, list(opened.fields)) == (
        "Reply to SUP-1",
        ["macro", "body", "files", "then"],
    )
    seen = await ana.submits(
        opened,
        {"Message": "Hello", "Then": "Resolve", "macro": ["VAT"]},
        files={"files": [("a.txt", b"abc"), ("b.txt", b"def")]},
    )
    assert seen.text == "Hello | resolved | ['abc', 'def'] | ['1']"


async def test_a_form_keeps_its_defaults(server: FakeDiscord, bot: PlainBot) -> None:
    ana, message = server.person("Ana"), await card(server, bot)
    opened = await ana.presses(message, "Reply")
    with pytest.raises(CannotSend, match="body"):
        await ana.submits(opened, {})
    assert (await ana.submits(opened, {"body": "x"})).text == "x | pending | [] | []"


async def test_three_seconds_are_the_limit(server: FakeDiscord, bot: PlainBot) -> None:
    support, ana = server.text_channel("support"), server.person("Ana")
    seen = await ana.types(support, "/ticket late")
    assert seen.failed
    await server.until(lambda: bot.failure, "the refusal")
    assert isinstance(bot.failure, discord.NotFound)
    assert bot.failure.code == 10062


async def test_one_answer_is_enough(server: FakeDiscord, bot: PlainBot) -> None:
    ana, message = server.person("Ana"), await card(server, bot)
    seen = await ana.presses(message, "Claim")
    asked = bot.seen("interaction")[-1]
    asked.response._response_type = None
    with pytest.raises(discord.HTTPException) as refused:
        await asked.response.defer()
    assert refused.value.code == 40060
    assert seen.message is message


async def test_a_token_lives_fifteen_minutes(server: FakeDiscord, bot: PlainBot) -> None:
    ana, message = server.person("Ana"), await card(server, bot)
    await ana.presses(message, "Claim")
    asked = bot.seen("interaction")[-1]
    assert isinstance(server.clock, ManualClock)
    server.clock.push(timedelta(minutes=14))
    await asked.followup.send("in time")
    server.clock.push(timedelta(minutes=2))
    with pytest.raises(discord.HTTPException) as refused:
        await asked.followup.send("too late")
    assert refused.value.code == 50027


async def test_answers_meet_faults_too(server: FakeDiscord, bot: PlainBot) -> None:
    ana, message = server.person("Ana"), await card(server, bot)
    server.faults.next(CALLBACK, error(500))
    assert (await ana.presses(message, "Claim")).message is message
    assert [call.status for call in server.called(CALLBACK)] == [500, 200]
