"""What people wrote in Slack, as plain words: entities undone, mentions as the keys of people.

https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# `<@U1|ana>`, `<#C1|general>`, `<!here>`, `<!subteam^S1|@team>`, `<https://…|label>`.
_SPECIAL: Final = re.compile(r"<([@#!]?)([^<>|\s][^<>|]{0,3000})(?:\|([^<>]{0,3000}))?>")
_FIRST: Final = re.compile(r"\s*<@([A-Z0-9]+)(?:\|[^<>]*)?>[\s,:]*")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def words_of(text: str, people: Mapping[str, str]) -> str:
    """The text as its writer saw it; a mention becomes `@key` by `people` (account → key)."""

    def plain(found: re.Match[str]) -> str:
        sigil, target, label = found[1], found[2], found[3] or ""
        match sigil:
            case "@":
                return f"@{people.get(target) or label or target}"
            case "#":
                return f"#{label or target}"
            case "!":
                return label or f"@{target.partition('^')[0]}"
            case _:
                return _link(target, label)

    return _unescape(_SPECIAL.sub(plain, text))


def _link(target: str, label: str) -> str:
    """What Slack linked by itself as it was typed; a label of one's own with its address."""
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label:
        return address
    typed = label in (address, target) or target.endswith(f"//{label}")
    return label if typed else f"{label} ({address})"


def _unescape(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def after_mention(text: str, account: str) -> str | None:
    """What follows the account's mention at the beginning of the raw text; None without one."""
    found = _FIRST.match(text)
    return text[found.end() :] if found is not None and account and found[1] == account else None
