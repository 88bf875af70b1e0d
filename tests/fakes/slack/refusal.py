"""The error that a method answers with."""

from __future__ import annotations

from tests.fakes.slack.values import Json


class Refusal(Exception):
    """`{"ok": false, "error": code}` and what else stands in the answer."""

    def __init__(self, code: str, **more: object) -> None:
        super().__init__(code)
        self.code = code
        self.more: Json = dict(more)

    def answer(self) -> Json:
        """The body of the answer."""
        return {"ok": False, "error": self.code, **self.more}


def invalid(code: str, faults: list[str]) -> Refusal:
    """A refusal that lists what is wrong, as invalid_blocks and invalid_arguments do."""
    messages = [f"[ERROR] {fault}" for fault in faults]
    return Refusal(code, errors=faults, response_metadata={"messages": messages})
