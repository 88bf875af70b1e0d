"""What people do in Discord: commands, buttons, menus and forms, each answered to them alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.discord.gestures.commands import tree
from adapters.discord.gestures.typed import read_typed
from bot.cards import Action, Card
from bot.commands.call import Call, Invocation, Reply, told
from bot.commands.shortcuts import SHORTCUTS
from bot.commands.table import Command, Table
from bot.domain.directory import Directory, SavedReply
from bot.domain.people import Right
from bot.services.core import Core
from bot.services.gestures.dispatch import Dispatcher
from tests.adapters.discord.conftest import Setting
from tests.adapters.discord.world import DiscordDesk, desk_in_discord
from tests.fakes.discord_server import LATE_ERROR, Person, error, too_many
from tests.fakes.discord_server.command_limits import check_commands
from tests.scenario.desk import MARIA

CALLBACK = "POST /interactions/{interaction_id}/{webhook_token}/callback"
FOLLOW_UP = "POST /webhooks/{webhook_id}/{webhook_token}"


# ------------------------------------------------------------ the commands


async def test_the_whole_table_stands_in_discord(setting: Setting) -> None:
    desk, _ = setting
    commands = tree(desk.dispatcher.table, {})
    check_commands(commands)
    assert [each["name"] for each in commands if each["type"] == 1] == [
        "ticket",
        "incident",
        "oncall",
        "page",
    ]
    assert [each["name"] for each in commands if each["type"] == 3] == [s.label for s in SHORTCUTS]


async def test_no_verb_is_left_out_and_what_is_often_typed_needs_no_group(
    setting: Setting,
) -> None:
    desk, _ = setting
    table = desk.dispatcher.table
    options = tree(table, {})[0]["options"]
    inside = [each["name"] for group in options if group["type"] == 2 for each in group["options"]]
    direct = [each["name"] for each in options if each["type"] == 1]
    verbs = table.verbs("ticket")
    assert sorted(direct + inside) == sorted(verbs)
    assert all(verbs[verb].seldom for verb in inside)


async def test_commands_are_written_only_when_they_changed(setting: Setting) -> None:
    desk, _ = setting
    await desk.restart()
    assert len(desk.discord.syncs) == 1
    await desk.restart(commands={"ticket": "desk"})
    assert len(desk.discord.syncs) == 2


async def test_named_servers_get_their_own_commands(shop: Directory) -> None:
    async with desk_in_discord(shop, start=False) as (desk, _):
        desk.bot = desk.another(guilds=(desk.discord.guild.id,))
        await desk.connect()
        assert desk.discord.syncs[0].guild_id == desk.discord.guild.id


async def test_commands_for_all_servers_go_when_servers_are_named(setting: Setting) -> None:
    desk, _ = setting
    await desk.restart(guilds=(desk.discord.guild.id,))
    assert [(sync.guild_id, bool(sync.commands)) for sync in desk.discord.syncs[1:]] == [
        (desk.discord.guild.id, True),
        (None, False),
    ]


async def test_verbs_without_room_stand_in_a_group() -> None:
    async def nothing(call: Call) -> Reply:
        return told("ok")

    table = Table(
        Command(
            root="ticket", verb=f"v{n}", help="h", example="e", right=Right.ASK, handler=nothing
        )
        for n in range(40)
    )
    commands = tree(table, {})
    check_commands(commands)
    assert [option["name"] for option in commands[0]["options"]][-1] == "more"
    group = {"type": 2, "name": "more", "options": [{"type": 1, "name": "v39", "options": []}]}
    typed = read_typed(table, {}, {"name": "ticket", "options": [group]})
    assert typed.line == "/ticket v39"


async def test_another_name_for_a_root_works(shop: Directory) -> None:
    async with desk_in_discord(shop, commands={"ticket": "desk"}) as (desk, people):
        await desk.mail()
        seen = await people["ana"].types(await desk.post_of(), "/desk claim")
        assert "SUP-1 is yours" in seen.text


# ------------------------------------------------------------ typing


async def test_the_number_is_implied_in_its_thread(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    seen = await people["ana"].types(await desk.post_of(), "/ticket claim")
    assert seen.ephemeral
    assert "SUP-1 is yours" in seen.text
    assert (await desk.ticket()).assignee == "ana"


async def test_elsewhere_the_number_is_typed(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["ana"].types(desk.place, "/ticket priority priority:high ticket:SUP-1")
    assert (await desk.ticket()).priority == "high"


async def test_a_number_of_many_words_is_no_number(setting: Setting) -> None:
    desk, people = setting
    seen = await people["ana"].types(desk.place, '/ticket claim ticket:"SUP-1 and more"')
    assert "is no number" in seen.text


async def test_a_number_of_its_own_is_never_taken_for_another_option(setting: Setting) -> None:
    desk, people = setting
    for subject in ("one", "two", "three"):
        await desk.mail(subject=subject)
    line = "/ticket merge into:SUP-1 ticket:SUP-2"
    seen = await people["carla"].types(await desk.post_of("SUP-3"), line)
    assert "SUP-2 is merged into SUP-1" in seen.text
    assert not (await desk.ticket("SUP-3")).merged_into


async def test_the_same_verb_of_another_root_is_not_mixed_up(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await people["carla"].types(desk.place, "/incident declare title:checkout is down")
    await desk.quiet()
    await people["carla"].types(desk.place, "/incident note text:looks like DNS incident:INC-1")
    assert (await desk.messages("INC-1"))[-1].text == "looks like DNS"


async def test_nobody_without_a_role_does_anything(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    seen = await people["eve"].types(await desk.post_of(), "/ticket claim")
    assert "You have no role here" in seen.text
    pressed = await people["eve"].presses(await desk.card_of(), "Claim")
    assert "You have no role here" in pressed.text
    assert (await desk.ticket()).assignee is None


async def test_proposals_come_while_typing(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    numbers = await people["ana"].autocompletes(desk.place, "/ticket claim ticket:sup")
    assert [each["value"] for each in numbers] == ["SUP-1"]
    assert "Invoice shows wrong VAT" in numbers[0]["name"]
    names = await people["ana"].autocompletes(desk.place, "/ticket assign to:be")
    assert [each["value"] for each in names] == ["ben"]


async def test_strangers_are_proposed_nothing(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    assert not await people["eve"].autocompletes(desk.place, "/ticket claim ticket:sup")


async def test_a_bare_verb_opens_its_form(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    form = await people["ana"].types(await desk.post_of(), "/ticket note")
    await people["ana"].submits(form, {"text": "looks like DNS"})
    assert (await desk.messages())[-1].text == "looks like DNS"


async def test_a_reply_can_be_typed_with_a_file(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    seen = await people["ana"].types(
        await desk.post_of(),
        "/ticket reply text:see attached file:log.txt",
        files=[("log.txt", b"ERROR")],
    )
    assert "Sending to maria@acme.example" in seen.text
    await desk.after(seconds=10)
    assert [ref.name for ref in desk.mails(MARIA)[-1].attachments] == ["log.txt"]


# ------------------------------------------------------------ pressing


async def test_the_loser_of_a_race_is_told_who_was_quicker(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    card = await desk.card_of()
    both = await asyncio.gather(
        people["ana"].presses(card, "Claim"), people["ben"].presses(card, "Claim")
    )
    holder = (await desk.ticket()).assignee
    texts = sorted(seen.text for seen in both)
    assert holder in ("ana", "ben")
    assert any("SUP-1 is yours" in text for text in texts)
    assert any(f"{holder.capitalize()} has it" in text for text in texts)


async def test_buttons_work_after_a_restart(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    await desk.restart()
    seen = await people["ana"].presses(await desk.card_of(), "Claim")
    assert "SUP-1 is yours" in seen.text


async def test_the_menu_holds_the_rest(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    form = await people["ana"].chooses(await desk.card_of(), "Priority…")
    await people["ana"].submits(form, {"priority": "urgent"})
    assert (await desk.ticket()).priority == "urgent"


async def test_an_answer_replaces_what_only_the_person_saw(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    form = await people["ana"].presses(await desk.card_of(), "Reply")
    sent = await people["ana"].submits(form, {"text": "Oops"})
    assert sent.message is not None
    undone = await people["ana"].presses(sent.message, "Undo")
    assert "Taken back" in undone.text
    assert "Taken back" in sent.message.text


async def test_the_message_menu_takes_words_along(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    said = await people["ana"].says(await desk.post_of(), "We have found it, sorry!")
    form = await people["ana"].uses_menu(said, "Reply to customer")
    assert form.fields["text"]["value"] == "We have found it, sorry!"
    await people["ana"].submits(form, {})
    await desk.after(seconds=10)
    assert desk.mails(MARIA)[-1].text.startswith("We have found it, sorry!")


async def test_what_cannot_be_taken_back_is_asked_twice(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    sure = Action("dk1:claim:SUP-1", "Claim for good", confirm="Really?")
    ref = await desk.thread_at("SUP-1")
    assert ref is not None
    posted = await desk.bot.surface.post(ref, Card(title="x", fallback="x", actions=(sure,)), "k")
    asked = await people["ana"].presses(desk.discord.world.message(posted), "Claim for good")
    assert "are you sure?" in asked.text
    assert (await desk.ticket()).assignee is None
    assert asked.message is not None
    await people["ana"].presses(asked.message, "Claim for good")
    assert (await desk.ticket()).assignee == "ana"


async def test_a_menu_asks_twice_as_a_button_does(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    sure = Action("dk1:claim:SUP-1", "Claim for good", confirm="Really?")
    ref = await desk.thread_at("SUP-1")
    assert ref is not None
    posted = await desk.bot.surface.post(ref, Card(title="x", fallback="x", menu=(sure,)), "k")
    asked = await people["ana"].chooses(desk.discord.world.message(posted), "Claim for good")
    assert asked.text == "Claim for good: are you sure?"
    assert (await desk.ticket()).assignee is None


async def test_a_form_after_a_form_is_a_button(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    ana, ben = people["ana"], people["ben"]
    late = await ana.presses(await desk.card_of(), "Reply")
    early = await ben.presses(await desk.card_of(), "Reply")
    await ben.submits(early, {"text": "I have it."})
    collided = await ana.submits(late, {"text": "So have I."})
    assert collided.ephemeral
    assert "Ben" in collided.text
    assert collided.message is not None
    assert collided.message.buttons
    await desk.after(seconds=10)
    assert [mail.text.split("\n")[0] for mail in desk.mails(MARIA)] == ["I have it."]


async def test_a_reply_is_written_in_five_parts(shop: Directory) -> None:
    saved = {"hi": SavedReply(key="hi", name="Hi", text="Hello {requester}!")}
    async with desk_in_discord(replace(shop, saved_replies=saved)) as (desk, people):
        await desk.mail()
        form = await people["ana"].presses(await desk.card_of(), "Reply")
        assert "maria@acme.example" in form.form["components"][0]["content"]
        kinds = {name: field["type"] for name, field in form.fields.items()}
        assert kinds == {"saved": 3, "text": 4, "files": 19, "then": 3}
        await people["ana"].submits(form, {"saved": "hi"})
        await desk.after(seconds=10)
        assert desk.mails(MARIA)[-1].text.startswith("Hello Maria")


async def test_a_refused_form_gives_the_words_back(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    form = await people["ana"].presses(await desk.card_of(), "Reply")
    await desk.mail(subject="The same again")
    await desk.run("carla", "/ticket merge SUP-1 SUP-2")
    words = "We have found it.\nIt was the ```VAT``` of @everyone."
    refused = await people["ana"].submits(form, {"text": words})
    assert "merged into SUP-2" in refused.text
    assert "We have found it.\nIt was the" in refused.text
    assert "of @everyone." in refused.text


async def test_a_file_of_the_form_goes_out(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    form = await people["ana"].presses(await desk.card_of(), "Reply")
    await people["ana"].submits(form, {"text": "see attached"}, files={"files": [("a.txt", b"A")]})
    await desk.after(seconds=10)
    assert [ref.name for ref in desk.mails(MARIA)[-1].attachments] == ["a.txt"]


# ------------------------------------------------------------ three seconds


class Slow(Dispatcher):
    """A dispatcher whose answers take until they are released."""

    def __init__(self, core: Core, table: Table) -> None:
        super().__init__(core, table)
        self.released = asyncio.Event()

    async def run(self, invocation: Invocation) -> Reply:
        await self.released.wait()
        return await super().run(invocation)


@pytest.fixture
async def slow(shop: Directory) -> AsyncIterator[tuple[Slow, DiscordDesk, Person]]:
    async with desk_in_discord(shop, start=False) as (desk, people):
        await desk.mail()
        dispatcher = Slow(desk.core, desk.dispatcher.table)
        await desk.connect(desk.another(dispatcher, for_a_form=0.01))
        people["ana"].waits = False
        yield dispatcher, desk, people["ana"]


async def test_a_slow_result_edits_what_was_promised(
    slow: tuple[Slow, DiscordDesk, Person],
) -> None:
    dispatcher, desk, ana = slow
    seen = await ana.types(await desk.post_of(), "/ticket claim")
    await seen.answered()
    assert seen.thinking
    dispatcher.released.set()
    await seen.finished()
    assert "SUP-1 is yours" in seen.text


async def test_a_press_is_taken_at_once_and_without_a_trace(
    slow: tuple[Slow, DiscordDesk, Person],
) -> None:
    dispatcher, desk, ana = slow
    seen = await ana.presses(await desk.card_of(), "Claim")
    await seen.answered()
    assert (seen.deferred, seen.thinking, ana.ephemerals) == (True, False, [])
    dispatcher.released.set()
    said = await seen.followup()
    assert "SUP-1 is yours" in said.text
    assert said.ephemeral_to == ana.id


async def test_a_form_is_taken_at_once_too(slow: tuple[Slow, DiscordDesk, Person]) -> None:
    dispatcher, desk, ana = slow
    dispatcher.released.set()
    form = await (await ana.presses(await desk.card_of(), "Reply")).answered()
    dispatcher.released.clear()
    sent = await (await ana.submits(form, {"text": "We are on it."})).answered()
    assert sent.deferred
    dispatcher.released.set()
    assert "Sending to maria@acme.example" in (await sent.followup()).text


async def test_a_form_that_came_too_late_is_a_button(
    slow: tuple[Slow, DiscordDesk, Person],
) -> None:
    dispatcher, desk, ana = slow
    seen = await ana.presses(await desk.card_of(), "Reply")
    await seen.answered()
    dispatcher.released.set()
    await seen.finished()
    assert seen.message is not None
    assert [button["label"] for button in seen.message.buttons] == ["Fill it in"]


async def test_an_answer_that_was_limited_comes_all_the_same(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    desk.discord.faults.next(FOLLOW_UP, too_many(0.01), times=2)
    seen = await people["ana"].presses(await desk.card_of(), "Claim")
    assert "SUP-1 is yours" in seen.text


async def test_an_answer_that_may_stand_there_is_not_repeated(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    desk.discord.faults.next(FOLLOW_UP, LATE_ERROR)
    seen = await people["ana"].presses(await desk.card_of(), "Claim")
    await desk.quiet()
    assert [said.text for said in seen.followups] == [seen.text]


async def test_a_lost_answer_undoes_nothing(setting: Setting) -> None:
    desk, people = setting
    await desk.mail()
    desk.discord.faults.next(CALLBACK, error(500))
    people["ana"].waits = False
    await people["ana"].presses(await desk.card_of(), "Claim")
    await desk.discord.until(lambda: desk.discord.called(CALLBACK), "the answer")
    await desk.quiet()
    assert (await desk.ticket()).assignee == "ana"
