"""What stands before subjects: marks of answers, and of mail that is passed on."""

# ruff: noqa: RUF001 - the alphabets of the world look alike

from __future__ import annotations

import pytest

from bot.domain.subjects import is_forward, without_answers


@pytest.mark.parametrize(
    "subject", ["Fwd: Log", " FW: Log", "WG: Log", "转发：Log", "İlt: Log", "ILT: Log", "TR : Log"]
)
def test_t7_forwards_say_so(subject: str) -> None:
    assert is_forward(subject)


@pytest.mark.parametrize(
    "subject", ["Re: Fwd: Log", "Fw", "Ynt: Log", "Invoice: wrong", "Forwarding: how?", ""]
)
def test_t7_others_do_not(subject: str) -> None:
    assert not is_forward(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Log", "Re: Log", "RE: AW: Log", "Re[5]: Log", "SV: Log", "Ynt: Log", "Res: Log",
        "Ответ: Log", "ΑΠ: Log", "回复：Log", "返信: Re: Log", "Odp: Log",
    ],
)  # fmt: skip
def test_o2_an_answer_carries_no_second_mark(subject: str) -> None:
    assert without_answers(subject) == "Log"


@pytest.mark.parametrize("subject", ["Restart", "Regarding: Log", "Report: Log"])
def test_o2_words_are_no_marks(subject: str) -> None:
    assert without_answers(subject) == subject
