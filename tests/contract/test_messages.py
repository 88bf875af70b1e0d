"""Messages: every field there and back, files with their bytes, and the item a mail leads to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.mail import Attachment
from bot.domain.messages import Delivery, MailCopy, Message, Said, Voice
from storage.database import Database
from tests.contract.work import MINUTE, NOW, opened_item, store_on

LOGO = Attachment(
    name="logo ü.png",
    content_type="image/png",
    content=bytes(range(256)),
    inline=True,
    content_id="logo@x",
)
EMPTY = Attachment(name="empty", content_type="text/plain", content=b"")


def message(item: int, **fields: Any) -> Message:
    """A mail of Marta's."""
    plain: dict[str, Any] = {"at": NOW, "voice": Voice.CUSTOMER, "author": "mail:marta@example.com"}
    return Message(**{**plain, "item": item, "author_name": "Marta", "text": "Hi", **fields})


async def test_a_message_comes_back_as_it_was(database: Database) -> None:
    store = store_on(database)
    full = message(
        await opened_item(store),
        voice=Voice.REPLY,
        full_text="Hi\n> quoted",
        mail_id="dk.1.2@example.com",
        copies=(
            MailCopy(recipient="a@example.com", delivery=Delivery.DELAYED, detail="451 busy"),
            MailCopy(recipient="b@example.com"),
        ),
        sends_at=NOW + MINUTE,
        said=Said(key="console:18", url="https://chat.example/18", origin="console:support:17"),
        edited_at=NOW,
        withdrawn_at=NOW + MINUTE,
        warnings=("the signature was not checked", "answers are wanted at ü@example.com"),
        forwarded_by="ana@example.com",
    )
    async with store.work() as work:
        added = await work.messages.add(full)

        assert added == replace(full, id=added.id)
        assert await work.messages.get(added.id) == added
        assert await work.messages.get(99) is None


async def test_a_message_is_saved(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    async with store.work() as work:
        added = await work.messages.add(message(item, voice=Voice.HELD), [LOGO])
        copies = (MailCopy(recipient="a@example.com", delivery=Delivery.SENT),)
        changed = replace(added, voice=Voice.CUSTOMER, copies=copies, mail_id="x@y")
        await work.messages.save(changed)

        assert await work.messages.of(item) == [changed]
        with pytest.raises(LookupError, match="not stored"):
            await work.messages.save(message(item, id=99))


async def test_files_are_kept_byte_for_byte(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    async with store.work() as work:
        added = await work.messages.add(message(item), [LOGO, EMPTY])
        files = [await work.messages.file(ref.id) for ref in added.attachments]

        assert [(ref.name, ref.size) for ref in added.attachments] == [
            ("logo ü.png", 256),
            ("empty", 0),
        ]
        assert files == [LOGO, EMPTY]
        assert await work.messages.file_item(added.attachments[1].id) == item


async def test_files_that_are_there_can_be_sent_again(database: Database) -> None:
    store = store_on(database)
    item = await opened_item(store)
    async with store.work() as work:
        first = await work.messages.add(message(item), [LOGO, EMPTY])
        ids = [ref.id for ref in reversed(first.attachments)]
        refs = await work.messages.refs([*ids, 99])
        second = await work.messages.add(message(item, attachments=tuple(refs)), [EMPTY])

    assert tuple(refs) == first.attachments[::-1]
    assert second.attachments[:2] == tuple(refs)
    assert len(second.attachments) == 3


async def test_a_file_that_is_not_there(database: Database) -> None:
    async with store_on(database).read() as work:
        assert await work.messages.file(1) is None
        assert await work.messages.file_item(1) is None
        assert await work.messages.refs([]) == []


async def test_messages_are_told_oldest_first(database: Database) -> None:
    store = store_on(database)
    item, other = await opened_item(store), await opened_item(store)
    async with store.work() as work:
        for text, minute in (("third", 2), ("first", 0), ("second", 1)):
            await work.messages.add(message(item, text=text, at=NOW + minute * MINUTE))
        await work.messages.add(message(other))

        assert [m.text for m in await work.messages.of(item)] == ["first", "second", "third"]


async def test_talk_leads_to_its_newest_message(database: Database) -> None:
    store = store_on(database)
    item, said = await opened_item(store), Said(key="slack:C1:17.5")
    async with store.work() as work:
        await work.messages.add(message(item, said=said, text="taken back"))
        newest = await work.messages.add(message(item, said=said, text="said anew"))
        await work.messages.add(message(item))

        assert await work.messages.said("slack:C1:17.5") == newest
        assert await work.messages.said("slack:C1:17") is None
        assert await work.messages.said("") is None


async def test_mails_lead_to_their_items(database: Database) -> None:
    store = store_on(database)
    one, other = await opened_item(store), await opened_item(store)
    async with store.work() as work:
        await work.messages.add(message(one, mail_id="a@x"))
        await work.messages.add(message(one, mail_id=""))
        await work.messages.add(message(other, mail_id="b@x"))
        asked = ["b@x", "", "A@x", "a@x", *(f"{n}@y" for n in range(1200))]

        assert await work.messages.items_of_mail_ids(asked) == {"a@x": [one], "b@x": [other]}
        assert await work.messages.items_of_mail_ids([]) == {}


async def test_a_mail_id_that_is_used_again_leads_to_all_of_its_items(database: Database) -> None:
    store = store_on(database)
    one, other = await opened_item(store), await opened_item(store)
    async with store.work() as work:
        for item in (other, one, other):
            await work.messages.add(message(item, mail_id="a@x"))

        assert await work.messages.items_of_mail_ids(["a@x"]) == {"a@x": [other, one]}


# ---------------------------------------------------------------- under another Message-ID


async def test_o4_the_id_that_a_provider_gave_leads_to_our_own(database: Database) -> None:
    async with store_on(database).work() as work:
        await work.messages.arrived_as("dk.a.1@x", "0100-1@email.amazonses.com")
        await work.messages.arrived_as("dk.b.2@x", "0100-2@email.amazonses.com")
        asked = ["0100-1@email.amazonses.com", "dk.b.2@x", "else@x", *map(str, range(1200))]

        assert await work.messages.own_ids(asked) == {"0100-1@email.amazonses.com": "dk.a.1@x"}
        assert await work.messages.given_ids(asked) == {"dk.b.2@x": "0100-2@email.amazonses.com"}
        assert await work.messages.own_ids(()) == {}


async def test_o4_a_given_id_stays_with_its_first_mail(database: Database) -> None:
    async with store_on(database).work() as work:
        for own, given in (("dk.a.1@x", "1@p"), ("dk.a.1@x", "2@p"), ("dk.b.2@x", "1@p")):
            await work.messages.arrived_as(own, given)

        assert await work.messages.own_ids(["1@p", "2@p"]) == {"1@p": "dk.a.1@x", "2@p": "dk.a.1@x"}
        assert await work.messages.given_ids(["dk.a.1@x", "dk.b.2@x"]) == {"dk.a.1@x": "2@p"}
