"""What a refusal of the Web API means: try later, or stop, and whose fault it is.

https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours list the codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import aiohttp

from bot.errors import GONE, Fault, PermanentError, TemporaryError

# A repeat of these does it again: whether it has happened must be looked up first.
_POSTS: Final = ("chat.postMessage", "chat.postEphemeral", "files.completeUploadExternal")
# A look-up right after a lost answer may not see the post yet.
_SETTLES: Final = timedelta(seconds=5)
RATE_LIMITED: Final = ("ratelimited", "rate_limited", "message_limit_exceeded")
_PASSING: Final = (
    "fatal_error",
    "internal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
    "org_login_required",
)
_INVITE: Final = "invite the bot there: /invite @deskhand"
_REINSTALL: Final = "install the app again and put its new token into [slack] bot_token"

_GONE: Final[Mapping[str, str]] = {
    "message_not_found": "the message was deleted",
    "thread_not_found": "the thread was deleted",
    "cannot_reply_to_message": "the thread takes no replies any more",
}
_DESTINATIONS: Final[Mapping[str, str]] = {
    "channel_not_found": f"there is no such channel, or it is private: {_INVITE}",
    "not_in_channel": f"the bot is not in the channel: {_INVITE}",
    "is_archived": "the channel is archived: unarchive it, or name another one for the desk",
    "is_inactive": "the channel is archived: unarchive it, or name another one for the desk",
    "user_not_in_channel": "the person is not in the channel",
    "channel_is_limited_access": f"the channel is limited: {_INVITE}",
    "restricted_action": "a workspace setting forbids the bot to post there: ask an admin",
    "restricted_action_read_only_channel": "only some may post in the channel: add the bot",
    "restricted_action_thread_only_channel": "the channel takes only replies in threads",
    "restricted_action_non_threadable_channel": "the channel takes no threads: name another one",
    "restricted_action_thread_locked": "the thread is locked: unlock it",
    "user_not_found": "there is no such person in the workspace: check slack = in [people]",
    "user_disabled": "the person's account is deactivated: check slack = in [people]",
    "users_not_found": "there is no such person in the workspace: check slack = in [people]",
    "cannot_dm_bot": "the account is a bot's: check slack = in [people]",
    "messages_tab_disabled": "the app's Messages tab is off: switch it on under App Home",
    "cant_update_message": "the message was posted by another app or an earlier installation",
    "edit_window_closed": "the workspace forbids to edit messages of that age",
    "team_access_not_granted": "the app has no access to that workspace",
    "file_uploads_disabled": "the workspace forbids uploads",
    "file_upload_size_restricted": "the workspace forbids files of that size",
    "file_type_not_allowed": "the workspace forbids files of that type",
}
_CREDENTIALS: Final[Mapping[str, str]] = {
    "invalid_auth": f"the token is not valid: {_REINSTALL}",
    "not_authed": "no token was sent: set [slack] bot_token",
    "token_revoked": f"the token was revoked: {_REINSTALL}",
    "token_expired": f"the token has expired: {_REINSTALL}",
    "account_inactive": f"the app was removed from the workspace: {_REINSTALL}",
    "not_allowed_token_type": "it is the wrong kind of token: bot_token begins with xoxb-",
    "access_denied": "the app has no access: ask a workspace admin",
    "accesslimited": "the workspace takes calls only from certain networks",
    "ekm_access_denied": "the workspace's admins have suspended posting",
    "no_permission": "the app lacks a permission: install it again from its manifest",
}
# Slack does not take the picture; it may take a plainer one.
DRAWINGS: Final = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "too_many_attachments",
        "invalid_attachments",
        "no_text",
    }
)


def refused(method: str, code: str, answer: Mapping[str, Any]) -> TemporaryError | PermanentError:
    """The error for an answer that is not ok; `answer` is its body, for what it says besides."""
    if code in _PASSING:
        return troubled(method, code)
    if code in _GONE:
        words = f"Slack refused {method}: {_GONE[code]} ({code})"
        return PermanentError(words, fault=Fault.DESTINATION, code=GONE)
    return _permanent(method, code, answer)


def _permanent(method: str, code: str, answer: Mapping[str, Any]) -> PermanentError:
    if code == "missing_scope":
        needed = str(answer.get("needed", ""))[:200] or "a scope"
        fix = f"add {needed} under OAuth & Permissions, then install the app again"
        words = f"Slack refused {method}: the app lacks {needed}: {fix} ({code})"
        return PermanentError(words, fault=Fault.CREDENTIAL, code=code)
    for fault, table in ((Fault.DESTINATION, _DESTINATIONS), (Fault.CREDENTIAL, _CREDENTIALS)):
        if code in table:
            words = f"Slack refused {method}: {table[code]} ({code})"
            return PermanentError(words, fault=fault, code=code)
    return PermanentError(f"Slack refused {method}: {_details(code, answer)}", code=code)


def _details(code: str, answer: Mapping[str, Any]) -> str:
    """Slack's own remarks name the place in the blocks, never their text."""
    remarks = (answer.get("response_metadata") or {}).get("messages") or answer.get("errors") or ()
    told = "; ".join(str(remark)[:200] for remark in list(remarks)[:3])
    return f"{code}: {told}" if told else code


def troubled(method: str, what: str) -> TemporaryError:
    """The error for a failure of Slack's, or on the way, after the request may have arrived."""
    ambiguous = method in _POSTS
    words = f"Slack did not carry out {method}: {what}"
    return TemporaryError(words, ambiguous=ambiguous, retry_after=_SETTLES if ambiguous else None)


def unreached(method: str, error: Exception) -> TemporaryError:
    """The error for a request that got no answer; one that never left is not ambiguous."""
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return TemporaryError(f"Slack cannot be reached for {method}: {type(error).__name__}")
    return troubled(method, f"no answer ({type(error).__name__})")
