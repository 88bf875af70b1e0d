"""Files that the team sends to customers: none leaves that a virus is in, and who sends it is told.

They are looked at twice: at the gesture, so that its person is told at once, and again as the mail
leaves, by when the scanner may know more, or be there again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain.mail import Attachment, AttachmentRef
from bot.domain.messages import Message
from bot.errors import PermanentError, TemporaryError
from bot.services.core import Core
from bot.services.hosting import Host
from bot.services.viruses import Infected

#: A person waits for the answer to a gesture; what takes longer is looked at as the mail leaves.
AT_ONCE: Final = timedelta(seconds=1)

#: So long a mail waits for a scanner that is away before it is asked again.
AWAY: Final = timedelta(seconds=30)
_WAITS: Final = "the reply leaves when the virus scanner is back"


class StoppedFile(PermanentError):
    """A file that must not leave, so that its mail does not leave either; `told` names it to the
    people of the ticket, which the words for logs do not.
    """

    def __init__(self, file: AttachmentRef, why: str) -> None:
        super().__init__(f"a file does not leave: {why}", code="stopped_file")
        self.file = file.id
        self.why = why
        self.told = f"“{file.name}”: {why}; nothing was sent"


class Unchecked(TemporaryError):
    """The scanner cannot tell now: the mail waits, as incoming mail does, and says so at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of a gesture's files, in words: which must not leave, and which were not looked
    at; both empty for files that are clean.
    """

    stopped: str = ""
    unchecked: str = ""


async def judge(core: Core, files: Sequence[Attachment]) -> Verdict:
    """What the person is told at once of the files they send; it is never waited for long."""
    try:
        async with asyncio.timeout(AT_ONCE.total_seconds()):
            verdicts = [await _judge(core, file) for file in files]
    except TimeoutError:
        return Verdict()  # a slow scanner, whose answer comes before the mail leaves
    stopped = " ".join(filter(None, (verdict.stopped for verdict in verdicts)))
    unchecked = " ".join(filter(None, (verdict.unchecked for verdict in verdicts)))
    return Verdict(stopped=stopped, unchecked=unchecked)


async def _judge(core: Core, file: Attachment) -> Verdict:
    name = f"“{file.name}”"
    try:
        passes = await _look(core, file)
    except Infected as found:
        return Verdict(stopped=f"{found.signature} was found in {name}.")
    except PermanentError as error:
        words = f"{name} cannot be checked for viruses, and does not leave: {error.words}."
        return Verdict(stopped=words)
    except TemporaryError as error:
        return Verdict(unchecked=f"{name} is not checked for viruses: {error.words}; {_WAITS}.")
    if passes:
        return Verdict(unchecked=f"{name} goes out unchecked for viruses: {passes}.")
    return Verdict()


async def check(
    core: Core, refs: Sequence[AttachmentRef], files: Sequence[Attachment]
) -> tuple[str, ...]:
    """Cautions about files that may leave all the same; StoppedFile or Unchecked when the mail may
    not, for good or for now.
    """
    cautions = []
    for ref, file in zip(refs, files, strict=True):
        try:
            unchecked = await _look(core, file)
        except Infected as found:
            raise StoppedFile(ref, f"{found.signature} was found in it") from None
        except PermanentError as error:
            raise StoppedFile(ref, f"it cannot be checked for viruses: {error.words}") from None
        except TemporaryError as error:
            await _tell_operators(core, error)
            words = f"“{ref.name}” is not checked for viruses: {error.words}"
            raise Unchecked(f"{words}; {_WAITS}", retry_after=AWAY) from None
        if unchecked:
            cautions.append(f"“{ref.name}” was sent unchecked for viruses: {unchecked}")
    return tuple(cautions)


async def _look(core: Core, file: Attachment) -> str:
    return await core.guard.look(file.content) if core.guard is not None else ""


async def _tell_operators(core: Core, error: TemporaryError) -> None:
    """Once a day that replies wait, with what to do."""
    why = f"{error.words[:1].upper()}{error.words[1:]}"
    words = f"{why}. Replies with files wait until it is back. `deskhand doctor` tries it."
    await Host(core).tell("antivirus:files", "⚠️ Files could not be checked for viruses", words)


def marked(message: Message, stopped: StoppedFile) -> Message:
    """The message that knows which of its files never leaves, and says why."""
    files = tuple(
        replace(ref, stopped=stopped.why) if ref.id == stopped.file else ref
        for ref in message.attachments
    )
    return replace(message, attachments=files)


def with_cautions(message: Message, cautions: Sequence[str]) -> Message:
    """The message that tells them as well, each once."""
    fresh = tuple(each for each in cautions if each not in message.warnings)
    return replace(message, warnings=(*message.warnings, *fresh))
