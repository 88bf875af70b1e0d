"""What a refusal of the REST API means: try later, or stop, and whose fault it is.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json lists the codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from adapters.discord.api.routes import Route
from bot.errors import GONE, Fault, PermanentError, TemporaryError

CLOSED_DM: Final = "50007"
NO_ACCESS: Final = "50001"
NO_PERMISSION: Final = "50013"
ARCHIVED: Final = "50083"
HAS_THREAD: Final = "160004"
FULL: Final = "160006"

_RIGHTS: Final = "give the bot its permissions there: deskhand doctor names them"
_GONE: Final[Mapping[int, str]] = {
    10003: "the channel or thread was deleted",
    10008: "the message was deleted",
}
_DESTINATIONS: Final[Mapping[int, str]] = {
    10004: "the bot is not on that server: deskhand invite discord",
    10007: "the person is not on the server: invite them, or check discord = in [people]",
    10013: "there is no such person: check discord = in [people]",
    50001: f"the bot does not see the channel: {_RIGHTS}",
    50005: "the message was posted by another bot",
    50007: "the person takes no direct messages from the bot",
    50013: f"the bot lacks a permission: {_RIGHTS}",
    50024: "that kind of channel cannot do it: name a text channel or a forum",
    50083: "the thread is archived",
    50278: "the person shares no server with the bot",
    160004: "the message has a thread already",
    160005: "the thread is locked: unlock it",
    160006: "the server has no room for another active thread",
}
_UNKNOWN_TAG: Final = 10087
_PASSING: Final = (130000, 131000)
# The last: an old message was edited too often in the last hour.
_SLOW: Final = (20016, 20026, 20027, 30046)
_PAUSE: Final = timedelta(seconds=30)


def refused(
    route: Route, status: int, body: object, retry_after: timedelta | None = None
) -> TemporaryError | PermanentError:
    """The error for an answer that is no success."""
    answer = body if isinstance(body, Mapping) else {}
    code = _code(answer)
    if status == 429 or code in _SLOW:
        return TemporaryError(f"Discord limits {route.key}", retry_after=retry_after or _PAUSE)
    if status >= 500 or code in _PASSING:
        words = f"Discord has trouble with {route.key} ({status})"
        return TemporaryError(words, retry_after=retry_after, ambiguous=route.writes)
    return _permanent(route, status, code, answer)


def _permanent(route: Route, status: int, code: int, answer: Mapping[str, Any]) -> PermanentError:
    if code in _GONE:
        words = f"Discord refused {route.key}: {_GONE[code]} ({code})"
        return PermanentError(words, fault=Fault.DESTINATION, code=GONE)
    if code in _DESTINATIONS:
        words = f"Discord refused {route.key}: {_DESTINATIONS[code]} ({code})"
        return PermanentError(words, fault=Fault.DESTINATION, code=str(code))
    if code == _UNKNOWN_TAG:
        words = f"Discord refused {route.key}: a tag was taken from the forum ({code})"
        return PermanentError(words, code=str(code))
    if status == 401 and not route.open:
        return no_credentials()
    if status in (403, 404):
        words = f"Discord refused {route.key}: {_remark(answer, status)}"
        return PermanentError(words, fault=Fault.DESTINATION, code=str(code))
    words = f"Discord refused {route.key}: {_remark(answer, status)}"
    return PermanentError(words, code=str(code or status))


def no_credentials() -> PermanentError:
    """The token is not taken."""
    words = "Discord refused the bot's token: put a new one into [discord] token"
    return PermanentError(words, fault=Fault.CREDENTIAL, code="401")


def unreachable(route: Route, error: BaseException, *, sent: bool) -> TemporaryError:
    """No answer came; with `sent` the request may have done its work."""
    words = f"Discord did not answer {route.key}: {type(error).__name__}"
    return TemporaryError(words, ambiguous=sent and route.writes)


def _code(answer: Mapping[str, Any]) -> int:
    code = answer.get("code", 0)
    return code if isinstance(code, int) else 0


def _remark(answer: Mapping[str, Any], status: int) -> str:
    """Discord's own words and the places in the form that it names, never our text."""
    places = ", ".join(_places(answer.get("errors"), "")[:3])
    said = str(answer.get("message", status))[:200]
    return f"{said} ({_code(answer) or status}{'; ' + places if places else ''})"


def _places(errors: object, path: str) -> list[str]:
    if not isinstance(errors, Mapping):
        return []
    if isinstance(found := errors.get("_errors"), list):
        return [f"{path}: {error.get('code', '')}" for error in found if isinstance(error, dict)]
    return [
        place
        for name, inner in errors.items()
        for place in _places(inner, f"{path}.{name}".lstrip("."))
    ]
