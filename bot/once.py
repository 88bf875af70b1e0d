"""What came already: platforms deliver again whatever they think was not taken.

Only a first net, for what leaves no trace in the database; what a gesture changes is kept from
happening twice by its key, in the transaction itself.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

# Slack repeats an event for five minutes and some, and 30,000 an hour is the most it sends; Discord
# repeats what came after the last event that it saw us take.
MOST: Final = 10_000


class Once:
    """The newest keys that came, so many at most."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._keys: OrderedDict[str, None] = OrderedDict()

    def first(self, key: str) -> bool:
        """True when the key is new, which is noted; a thing without a key is always new."""
        if not key:
            return True
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > self._most:
            self._keys.popitem(last=False)
        return True

    def forget(self, key: str) -> None:
        """It was not taken after all, so the next delivery counts as the first."""
        self._keys.pop(key, None)
