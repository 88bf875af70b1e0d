"""Forms come back: carried out, refused with the words kept, closed with a draft."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.cards import FieldKind, Form, FormField
from bot.commands.call import Reply, refusal
from bot.errors import UserError
from tests.adapters.slack.front import FORM, Front, front
from tests.fakes.slack import Json, View
from tests.fakes.slack.methods_files import stored

SAVED = (("thanks", "Thanks"), ("sorry", "Sorry"))
REPLY = replace(
    FORM,
    id="dk1:reply:SUP-1:7",
    fields=(
        FormField(
            name="saved", label="Start from", kind=FieldKind.CHOICE, options=SAVED, required=False
        ),
        FormField(name="text", label="Message", kind=FieldKind.AREA),
        FormField(name="files", label="Attach", kind=FieldKind.FILES, required=False),
    ),
)
REFUSED = refusal(UserError("It is too long.", code="too_long", hint="Write less."))


@pytest.fixture
async def there() -> AsyncIterator[Front]:
    async with front() as opened:
        yield opened


async def opened(there: Front, form: Form = REPLY) -> View:
    there.core.replies = [Reply(form=form)]
    return await (await there.fake.presses("ana", await there.card(), "Note")).view()


def a_file(there: Front) -> Json:
    return stored(there.fake.workspace, "a.txt", "UANA", b"abc").as_json()


async def test_a_form_runs_its_action_with_its_fields(there: Front) -> None:
    form = await opened(there)
    sent = await there.fake.submits(form, text="a < b", saved="Thanks")
    assert (await sent.answer()).text == "Done."
    done = there.core.invocations[-1]
    assert done.action == "dk1:reply:SUP-1:7"
    assert done.args == {"text": "a < b", "saved": "thanks"}
    assert done.thread == there.core.invocations[0].thread
    assert there.fake.workspace.views[form.id].closed


async def test_files_are_brought_here(there: Front) -> None:
    await there.fake.submits(await opened(there), text="see", files=[a_file(there)])
    (file,) = there.core.invocations[-1].files
    assert (file.name, file.content) == ("a.txt", b"abc")


async def test_a_file_that_cannot_be_brought_stops_everything(there: Front) -> None:
    form = await opened(there)
    there.fake.workspace.scopes.discard("files:read")
    sent = await there.fake.submits(form, text="see", files=[a_file(there)])
    assert "Nothing was done" in sent.errors["text"]
    assert len(there.core.invocations) == 1


async def test_what_is_refused_is_told_under_the_field(there: Front) -> None:
    form = await opened(there)
    there.core.replies = [REFUSED]
    sent = await there.fake.submits(form, text="long")
    assert sent.errors == {"text": "It is too long. Write less."}
    again = await there.fake.submits(form, text="short")
    assert (await again.answer()).text == "Done."


async def test_another_form_takes_its_place(there: Front) -> None:
    form = await opened(there)
    text = FormField(name="text", label="Message", value="mine")
    there.core.replies = [Reply(form=replace(FORM, title="Once more", fields=(text,)))]
    sent = await there.fake.submits(form, text="mine")
    assert sent.on_top is not None
    assert sent.on_top.content["title"]["text"] == "Once more"
    await there.fake.submits(sent.on_top, Message="better")
    assert there.core.invocations[-1].args == {"text": "better"}


async def test_a_form_is_carried_out_once(there: Front) -> None:
    form = await opened(there)
    await there.fake.submits(form, text="once")
    reopened = replace(form, closed=False)
    there.fake.workspace.views[form.id] = reopened
    sent = await there.fake.submits(reopened, text="once")
    assert sent.payload == {"response_action": "clear"}
    assert len(there.core.invocations) == 2


@pytest.mark.parametrize("reply", [REFUSED, None], ids=["refused", "broken"])
async def test_what_takes_long_keeps_the_words(there: Front, reply: Reply | None) -> None:
    form = await opened(there)
    there.core.replies = [reply] if reply else []
    there.core.breaks = reply is None
    there.core.may_go.clear()
    sent = await there.fake.submits(form, text="my words")
    assert sent.on_top is not None
    assert "One moment" in str(sent.on_top.blocks)
    there.core.may_go.set()
    await there.fake.until(lambda: there.fake.calls("views.update"))
    shown = str(there.fake.workspace.views[form.id].content)
    assert "my words" in shown
    assert ("It is too long." if reply else "went wrong on my side") in shown


async def test_a_closed_form_is_kept_as_a_draft(there: Front) -> None:
    form = await opened(there, replace(FORM, fields=(replace(FORM.fields[0], value="begun"),)))
    await there.fake.closes(form)
    await there.until(lambda: there.core.kept)
    assert there.core.kept[0].action == "dk1:note:SUP-1"
    assert there.core.kept[0].args == {"text": "begun"}


async def test_the_beginning_of_a_long_draft_is_no_draft(there: Front) -> None:
    long = replace(REPLY.fields[1], value="x" * 9000, max_length=20_000)
    form = await opened(there, replace(REPLY, fields=(long,), close="Keep as draft"))
    assert "Only the beginning of “Message” has room here" in str(form.content["blocks"][0])
    assert form.content["close"]["text"] == "Cancel"
    await there.fake.closes(form)
    short = await opened(there)
    await there.fake.closes(short)
    await there.until(lambda: there.core.kept)
    assert [kept.action for kept in there.core.kept] == [REPLY.id]
    assert not there.core.kept[0].args


async def test_a_saved_reply_fills_the_form_in(there: Front) -> None:
    form = await opened(there)
    filled = replace(REPLY.fields[1], value="Thank you!")
    there.core.replies = [Reply(form=replace(REPLY, id="dk1:reply:SUP-1:9", fields=(filled,)))]
    await there.fake.opens_menu("ana", form, "Thanks", "saved")
    await there.fake.until(lambda: there.fake.calls("views.update"))
    asked = there.core.invocations[-1]
    assert (asked.asks, asked.args["saved"]) == (True, "thanks")
    shown = there.fake.workspace.views[form.id]
    assert "Thank you!" in str(shown.content)
    await there.fake.submits(shown, Message="Thank you!")
    assert there.core.invocations[-1].action == "dk1:reply:SUP-1:7"
