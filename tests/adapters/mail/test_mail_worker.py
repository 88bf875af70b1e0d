from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.mail.worker import MEBIBYTE, WorkerReader, WorkerSettings
from bot.errors import Fault, PermanentError

MAIL = b"From: ann@x.example\r\nSubject: Help\r\n\r\nHello.\r\n"


@pytest.fixture
async def reader() -> AsyncIterator[WorkerReader]:
    made = WorkerReader(WorkerSettings(workers=1, timeout=0.3))
    await made.start()
    yield made
    await made.stop()


async def test_a_mail_is_read_in_another_process(reader: WorkerReader) -> None:
    found = await reader.read(MAIL)
    assert (found.subject, found.text) == ("Help", "Hello.")
    assert found.sender is not None


async def test_many_at_once_keep_their_order(reader: WorkerReader) -> None:
    mails = [b"Subject: %d\r\n\r\n" % number for number in range(50)]
    found = await asyncio.gather(*map(reader.read, mails))
    assert [mail.subject for mail in found] == [str(number) for number in range(50)]


async def test_r3_one_that_takes_too_long_is_given_up_and_the_next_is_read(
    reader: WorkerReader,
) -> None:
    # Nothing known makes the reader slow, so this one is slow by sheer number.
    slow = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + (
            b"--b\r\nContent-Type: text/html\r\n\r\n"
            + b"<ul><li>" * 190
            + b"<li>y" * 40_000
            + b"\r\n"
        )
        * 20
    )
    with pytest.raises(PermanentError, match=r"within 0\.3 s") as caught:
        await reader.read(slow)
    assert caught.value.fault is Fault.PAYLOAD
    assert (await reader.read(MAIL)).text == "Hello."


async def test_r3_one_that_is_too_large_is_refused_before_it_is_handed_over() -> None:
    reader = WorkerReader(WorkerSettings(workers=1, memory=64 * MEBIBYTE))
    with pytest.raises(PermanentError, match="too large"):
        await reader.read(b"x" * 9 * MEBIBYTE)


async def test_it_starts_again_after_a_stop(reader: WorkerReader) -> None:
    await reader.stop()
    assert (await reader.read(MAIL)).text == "Hello."


async def test_stopping_twice_does_no_harm(reader: WorkerReader) -> None:
    await reader.stop()
    await reader.stop()
