"""Files of a mail in its thread: once, when they are small, and never instead of the mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.cards import Card, FileLink
from bot.domain.threads import ThreadRef
from bot.errors import TemporaryError
from tests.adapters.slack.rig import GET_URL, PDF, Rig, connected, mail
from tests.fakes.slack import failing, hanging, lost_answer


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with connected() as made:
        yield made


def files(rig: Rig, root: str) -> list[str]:
    """The names of the files in a thread."""
    thread = rig.slack.workspace.messages.thread("CDESK", root)
    return [file.name for message in thread for file in message.files]


async def test_the_files_of_a_mail_come_into_its_thread(rig: Rig) -> None:
    ref = await rig.open()
    await rig.surface.post(ref, mail("See.", FileLink(7, "invoice.pdf", 10)), "m1")
    assert files(rig, ref.id) == ["invoice.pdf"]
    assert [call.arguments["size"] for call in rig.slack.calls("upload")] == [len(PDF.content)]
    assert rig.slack.calls("upload")[0].token == ""


async def test_a_repeat_brings_no_file_twice(rig: Rig) -> None:
    ref = await rig.open()
    for _ in range(2):
        await rig.surface.post(ref, mail("See.", FileLink(7, "invoice.pdf", 10)), "m1")
    assert files(rig, ref.id) == ["invoice.pdf"]


async def test_a_large_file_stays_a_link(rig: Rig) -> None:
    ref = await rig.open()
    await rig.surface.post(ref, mail("See.", FileLink(7, "film.mp4", 900_000_000)), "m1")
    assert files(rig, ref.id) == []


async def test_a_mail_that_is_too_long_is_a_file_in_its_thread(rig: Rig) -> None:
    ref = await rig.open()
    text = "a word, " * 2000
    await rig.surface.post(ref, mail(text), "m1")
    assert files(rig, ref.id) == ["SUP-1.txt"]
    (file,) = rig.slack.workspace.files.values()
    assert file.content.decode() == text


async def test_files_that_fail_are_brought_in_by_the_look_up(rig: Rig) -> None:
    ref = await rig.open()
    rig.slack.faults.then(GET_URL, failing(500))
    with pytest.raises(TemporaryError) as failed:
        await rig.surface.post(ref, mail("See.", FileLink(7, "invoice.pdf", 10)), "m1")
    assert failed.value.ambiguous
    assert await rig.surface.find(ref, "m1") is not None
    assert files(rig, ref.id) == ["invoice.pdf"]
    assert rig.posts() == 3


async def test_files_that_may_have_arrived_are_not_sent_again(rig: Rig) -> None:
    ref = await rig.open()
    rig.slack.faults.then("files.completeUploadExternal", lost_answer())
    await rig.surface.post(ref, mail("See.", FileLink(7, "invoice.pdf", 10)), "m1")
    await rig.surface.find(ref, "m1")
    assert files(rig, ref.id) == ["invoice.pdf"]


async def test_a_message_does_not_fail_because_its_files_may_not_be_shared(rig: Rig) -> None:
    ref = await rig.open()
    rig.slack.workspace.scopes.discard("files:write")
    message = await rig.surface.post(ref, mail("See.", FileLink(7, "invoice.pdf", 10)), "m1")
    assert "📎 invoice.pdf" in rig.shown(message)


async def cut_off(rig: Rig, ref: ThreadRef, card: Card) -> None:
    """Post, and lose patience while Slack does not answer the upload."""
    before = len(rig.slack.calls(GET_URL))
    posting = asyncio.get_running_loop().create_task(rig.surface.post(ref, card, "m1"))
    await rig.slack.until(lambda: len(rig.slack.calls(GET_URL)) > before)
    posting.cancel()
    await asyncio.wait([posting])


async def test_files_that_always_take_too_long_stay_links(rig: Rig) -> None:
    ref = await rig.open()
    rig.slack.faults.always(hanging(), GET_URL)
    card = mail("See.", FileLink(7, "invoice.pdf", 10))
    for _ in range(3):
        await cut_off(rig, ref, card)
    await rig.surface.post(ref, card, "m1")
    assert files(rig, ref.id) == []
    assert rig.posts() == 2


async def test_a_cleansed_thread_keeps_the_files_that_are_named(rig: Rig) -> None:
    ref = await rig.open()
    await rig.surface.post(ref, mail("See.", FileLink(7, "invoice.pdf", 10)), "m1")
    await rig.surface.post(ref, mail("a word, " * 2000), "m2")
    assert files(rig, ref.id) == ["invoice.pdf", "SUP-1.txt"]
    for _ in range(2):
        await rig.surface.cleanse(ref, mail("See."), ["invoice.pdf"])
        assert files(rig, ref.id) == ["invoice.pdf"]


async def test_files_of_others_stay_in_a_cleansed_thread(rig: Rig) -> None:
    ref = await rig.open()
    await rig.slack.says("ana", "CDESK", "", thread_ts=ref.id, files={"hers.pdf": b"x"})
    await rig.surface.cleanse(ref, mail("See."), ())
    assert files(rig, ref.id) == ["hers.pdf"]
