"""What a smarthost's refusal means for the mail: try later, or stop, and whose fault it is.

RFC 5321 gives the code, RFC 3463 the enhanced code in the first word of the text.
"""

from __future__ import annotations

import re
from enum import StrEnum

from adapters.mail.reading.clean import clean_line
from bot.errors import Fault, PermanentError, TemporaryError

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|\Z)")
_AUTHENTICATION = (530, 534, 535, 538)
_ABOUT_THE_MESSAGE = (552, 554)


class Stage(StrEnum):
    """Where in the dialogue the server answered."""

    CONNECT = "connection"
    LOGIN = "login"
    MAIL = "sender"
    RCPT = "recipient"
    DATA = "message"


def fault(stage: Stage, code: int, text: str) -> TemporaryError | PermanentError:
    """The error for a reply that is no success; codes below 400 and above 599 are no SMTP."""
    words = f"the smarthost refused the {stage}: {code} {clean_line(text, 300)}"
    if not 500 <= code <= 599:
        return TemporaryError(words, ambiguous=stage is Stage.DATA and not 400 <= code <= 499)
    if stage is Stage.CONNECT:
        return TemporaryError(words)
    match = _ENHANCED.match(text)
    enhanced = match[1] if match else ""
    return PermanentError(words, fault=_whose(stage, code, enhanced), code=enhanced or str(code))


def _whose(stage: Stage, code: int, enhanced: str) -> Fault:
    if stage is Stage.LOGIN or code in _AUTHENTICATION:
        return Fault.CREDENTIAL
    if stage is Stage.RCPT or enhanced.startswith(("5.1.", "5.2.")):
        return Fault.DESTINATION
    if stage is Stage.MAIL or code in _ABOUT_THE_MESSAGE or enhanced.startswith("5.6."):
        return Fault.PAYLOAD
    return Fault.DESTINATION
