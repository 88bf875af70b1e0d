"""What an agent says of a mail they forward: it is the customer's ticket, unless they keep it."""

from __future__ import annotations

from typing import Final

# An agent who writes this as the first line above a forwarded mail keeps the ticket.
OWN: Final = "#mine"


def is_kept(comment: str) -> bool:
    """Whether the first line of what an agent says of a forwarded mail is the word for keeping it.

    A converter of HTML may have put a backslash before it.
    """
    first = next((line for line in comment.split("\n") if line.strip()), "")
    return first.strip().removeprefix("\\").casefold() == OWN
