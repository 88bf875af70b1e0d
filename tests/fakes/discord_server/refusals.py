"""Discord's own words for "no": status, error code, and the tree of form errors."""

from __future__ import annotations

from functools import partial
from typing import Any

JSON = Any
"""Whatever JSON holds; the wire is checked field by field, not by type."""


class Refusal(Exception):
    """An error answer in Discord's shape; raised by handlers, written by the door.

    https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
    """

    def __init__(
        self, status: int, code: int, message: str, errors: dict[str, JSON] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> dict[str, JSON]:
        """The JSON that goes out."""
        body: dict[str, JSON] = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


class Faulty:
    """Collects what is wrong with a form and speaks it as one 50035."""

    def __init__(self) -> None:
        self._tree: dict[str, JSON] = {}

    def add(self, path: str, code: str, message: str) -> None:
        """Note an error at a dotted path such as `components.0.label`."""
        node = self._tree
        for part in path.split("."):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: str, value: JSON, low: int, high: int) -> None:
        """A text's or a list's size must lie within the bounds; absent counts as empty."""
        size = len(value or "")
        if low <= size <= high:
            return
        if isinstance(value, list) or low > 0:
            code, message = "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length."
        else:
            code, message = "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length."
        self.add(path, code, message)

    def refusal(self) -> Refusal:
        """All that was noted, as one answer."""
        return Refusal(400, 50035, "Invalid Form Body", self._tree)

    def raise_any(self) -> None:
        """Refuse the form if something was noted."""
        if self._tree:
            raise self.refusal()


def invalid(path: str, code: str, message: str) -> Refusal:
    """One form error at one path."""
    faulty = Faulty()
    faulty.add(path, code, message)
    return faulty.refusal()


def unknown(what: str) -> Refusal:
    """404 for a channel, message, member, interaction and the like."""
    codes = {
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "User": 10013,
        "Webhook": 10015,
        "Interaction": 10062,
        "Application Command": 10063,
        "Tag": 10087,
    }
    return Refusal(404, codes[what], f"Unknown {what}")


unauthorized = partial(Refusal, 401, 0, "401: Unauthorized")
missing_access = partial(Refusal, 403, 50001, "Missing Access")
missing_permissions = partial(Refusal, 403, 50013, "Missing Permissions")
cannot_send_to_user = partial(Refusal, 403, 50007, "Cannot send messages to this user")
empty_message = partial(Refusal, 400, 50006, "Cannot send an empty message")
not_the_author = partial(Refusal, 403, 50005, "Cannot edit a message authored by another user")
forum_takes_no_message = partial(Refusal, 400, 40058, "Cannot send a message in a forum channel")
tag_required = partial(
    Refusal, 400, 40067, "A tag is required to create a forum post in this channel"
)
too_many_creates = partial(
    Refusal, 400, 30034, "Max number of daily application command creates has been reached (200)"
)
wrong_channel_type = partial(Refusal, 400, 50024, "Cannot execute action on this channel type")
too_large = partial(Refusal, 413, 40005, "Request entity too large")
already_acknowledged = partial(Refusal, 400, 40060, "Interaction has already been acknowledged.")
expired_token = partial(Refusal, 401, 50027, "Invalid Webhook Token")
archived = partial(
    Refusal,
    400,
    50083,
    "Tried to perform an operation on an archived thread, such as editing a message "
    "or adding a user to the thread",
)
has_a_thread = partial(Refusal, 400, 160004, "A thread has already been created for this message")
locked = partial(Refusal, 400, 160005, "Thread is locked")
thread_cap = partial(Refusal, 400, 160006, "Maximum number of active threads reached")
