"""What of a mail lies beyond the reader's bounds: said in words, and kept as the mail itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.mail.content.attachments import TOO_MANY_FILES
from adapters.mail.content.bodies import MAX_TEXT, Passage
from adapters.mail.reading.mime import EXCEEDED
from bot.domain.mail import Attachment

# A larger mail is not kept as a file; its bytes stay where it came in.
MAX_WHOLE: Final = 10 * 1024 * 1024
NAME: Final = "whole-mail.eml"
CUT_TEXT: Final = "the text is too long and was cut"

_BEYOND: Final = EXCEEDED | {TOO_MANY_FILES, CUT_TEXT}


def cut_text(found: Sequence[Passage]) -> tuple[str, ...]:
    """A word about it when the text is longer than may be shown."""
    length = sum(max(len(passage.plain), len(passage.html)) for passage in found)
    return (CUT_TEXT,) if length > MAX_TEXT or any(passage.cut for passage in found) else ()


def whole_mail(raw: bytes, defects: Sequence[str]) -> tuple[Attachment, ...]:
    """The mail as a file, when the defects say that not all of it was read; nothing else is."""
    if len(raw) > MAX_WHOLE or _BEYOND.isdisjoint(defects):
        return ()
    return (Attachment(name=NAME, content_type="message/rfc822", content=raw),)
