"""The one exception of the domain: a change that the rules do not allow."""

from __future__ import annotations


class Refused(Exception):
    """A change that is not allowed now; `words` are shown to the person who asked.

    `code` is a stable machine name (`taken`, `not_found`, `no_right` …), `hint` what to do next.
    """

    def __init__(self, words: str, *, code: str = "refused", hint: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.code = code
        self.hint = hint
