"""The marks by which mail programs set the history and the signature apart in an HTML reply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

# Elements of these classes or ids hold the history, or a signature, and nothing else.
_PART = frozenset(
    {
        "gmail_quote", "gmail_signature", "gmail_signature_prefix", "moz-cite-prefix",
        "moz-signature", "moz-forward-container", "yahoo_quoted", "yahoo_signature",
        "yahoo-signature", "ydp-signature", "yahooquotedreply", "protonmail_quote",
        "protonmail_signature_block", "tutanota_quote", "zmail_extra", "zmail_signature_below",
        "applemailsignature", "ms-outlook-mobile-signature", "olk_src_body_section",
        "replybefore", "wordsection1_history", "qt-", "front-blockquote", "mcntmcontainer",
        "messagereplysection", "mail-quote-collapse", "isreplycontent", "gmail_attr", "airmail_on",
        "yahoo_quoted_begin", "mail_reply_quote", "elided-text", "zimbra-quoted-text",
    }
)  # fmt: skip
# Behind these stands the history, to the end of the mail (Outlook marks no element around it).
_REST = frozenset(
    {
        "divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "stopspelling",
        "outlookmessageheader", "includetail",
    }
)  # fmt: skip
# Outlook's rule above the header block of the quoted mail.
_OUTLOOK_RULE = re.compile(
    r"border:none;border-top:solid#(?:e1e1e1|b5c4df|c4c4c4)1\.0pt;padding:3\.0pt0"
)
_HINTS = (*_PART, *_REST, "cite", "border-top")


def may_hold_history(html: str) -> bool:
    """A cheap look for any of the marks; True when walking the tree is worth while."""
    folded = html.casefold()
    return any(hint in folded for hint in _HINTS)


def is_history(
    tag: str, attributes: Mapping[str, str], *, blocks: bool = False
) -> Literal["", "part", "rest"]:
    """`part`: the element is history or signature; `rest`: it and everything behind it is.

    With `blocks` the mail has block quotations: those are marked themselves.
    """
    if not attributes:
        return ""
    named = (attributes.get("id", ""), attributes.get("name", ""), attributes.get("class", ""))
    names = {*" ".join(named).casefold().split()}
    names = {name.removeprefix("x_") for name in names}
    if names & _REST or (tag == "div" and _is_outlook_rule(attributes.get("style", ""))):
        return "rest"
    if blocks and tag == "div":
        # Gmail's element around attribution and quotation holds the answers between them, too.
        names.discard("gmail_quote")
    if names & _PART or (tag == "blockquote" and attributes.get("type", "").lower() == "cite"):
        return "part"
    return ""


def _is_outlook_rule(style: str) -> bool:
    return "border-top" in style and bool(_OUTLOOK_RULE.match("".join(style.lower().split())))
