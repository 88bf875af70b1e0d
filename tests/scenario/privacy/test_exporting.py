"""What a customer is given of their data, and what not: other people's words."""

from __future__ import annotations

from bot.domain.mail import Attachment
from bot.services.privacy.exporting import Exporting, Json, Portion
from tests.scenario.desk import BOB, MARIA, Desk

LOG = Attachment(name="../my log.txt", content_type="text/plain", content=b"line one\n")


async def exported(desk: Desk, address: str, *, notes: bool = False) -> Portion:
    """All of it, put together."""
    whole = Portion()
    async for portion in Exporting(desk.core, address, notes=notes).portions():
        for sheet, records in portion.records.items():
            whole.records.setdefault(sheet, []).extend(records)
        whole.files |= portion.files
        whole.left_out += portion.left_out
    return whole


def said(portion: Portion) -> list[tuple[str, str]]:
    return [(each["direction"], each["text"]) for each in portion.records.get("messages", ())]


async def shared(desk: Desk) -> None:
    """Maria's ticket, which Bob joins in the middle."""
    await desk.mail("From the beginning", files=[LOG])
    await desk.replied("To Maria alone")
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    await desk.run("ana", "/ticket note SUP-1 She is kind")
    mail = await desk.replied("To both")
    bobs = desk.mails(BOB)[-1]
    await desk.answer(bobs, "From Bob to the desk", sender=BOB)
    await desk.answer(mail, "From Maria again")


async def test_they_get_what_they_wrote_and_were_sent(desk: Desk) -> None:
    await shared(desk)
    whole = await exported(desk, MARIA)
    assert said(whole) == [
        ("from you", "From the beginning"),
        ("to you", "To Maria alone"),
        ("to you", "To both"),
        ("from you", "From Maria again"),
    ]
    assert whole.left_out == 1
    assert "notes" not in whole.records
    (ticket,) = whole.records["tickets"]
    assert (ticket["number"], ticket["you"]) == ("SUP-1", "requester")


async def test_z5_who_joined_later_gets_only_what_followed(desk: Desk) -> None:
    await shared(desk)
    whole = await exported(desk, BOB, notes=True)
    assert said(whole) == [("to you", "To both"), ("from you", "From Bob to the desk")]
    assert whole.records["tickets"][0]["you"] == "participant"
    assert "notes" not in whole.records
    assert whole.files.keys() == {"mails/2.eml"}
    assert "kind" not in str(whole.records)


async def test_notes_come_only_when_they_are_asked_for(desk: Desk) -> None:
    await shared(desk)
    whole = await exported(desk, MARIA, notes=True)
    assert [note["text"] for note in whole.records["notes"]] == ["She is kind"]


async def test_delivery_is_told_of_their_own_copy_alone(desk: Desk) -> None:
    await shared(desk)
    whole = await exported(desk, MARIA)
    replies = [each for each in whole.records["messages"] if each["direction"] == "to you"]
    assert [each["delivery"] for each in replies] == ["sent", "sent"]
    assert BOB not in str(whole.records)


async def test_a_reply_that_was_taken_back_was_sent_to_nobody(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket reply SUP-1 Never mind")
    await desk.run("ana", "/ticket undo SUP-1")
    assert "Never mind" not in str((await exported(desk, MARIA)).records["messages"])


async def test_files_are_files_under_harmless_names(desk: Desk) -> None:
    await shared(desk)
    whole = await exported(desk, MARIA)
    (path,) = [path for path in whole.files if path.startswith("files/")]
    assert ".." not in path
    assert whole.files[path] == b"line one\n"
    assert whole.records["messages"][0]["files"] == [path]


async def test_their_mails_come_as_they_came(desk: Desk) -> None:
    await shared(desk)
    whole = await exported(desk, MARIA)
    mails: list[Json] = whole.records["mails"]
    came = [each for each in mails if each["direction"] == "from you"]
    assert [whole.files[each["file"]][:5] for each in came] == [b"From:", b"From:"]
    assert [each["ticket"] for each in came] == ["SUP-1", "SUP-1"]
    left = [each["text"] for each in mails if each["direction"] == "to you"]
    assert "To both\n" in left
    assert not any("From Bob" in str(content) for content in whole.files.values())


async def test_what_was_held_of_them_is_theirs(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.answer(mail, "Let me in", sender=BOB)
    assert said(await exported(desk, BOB)) == [("from you", "Let me in")]


async def test_of_nobody_there_is_nothing(desk: Desk) -> None:
    await desk.mail()
    whole = await exported(desk, "nobody@acme.example")
    assert (whole.records, whole.files, whole.left_out) == ({}, {}, 0)


async def test_each_tickets_audit_tells_of_it(desk: Desk) -> None:
    await desk.mail()
    await Exporting(desk.core, MARIA, notes=False).record("root", ["SUP-1"])
    async with desk.store.read() as work:
        row = (await work.audit.find("SUP-1"))[0]
    assert (row.actor, row.action) == ("operator:root", "PersonExported")
