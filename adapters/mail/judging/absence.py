"""Notes of absence that bear no mark: the words their programs put before the subject answered.

Exchange and Outlook write a mark as well, but gateways on the way take it off.
"""

# ruff: noqa: RUF001 - the alphabets of the world look alike

from __future__ import annotations

import re
from typing import Final

from adapters.mail.reading.fields import Fields

_WORDS: Final = frozenset(
    {
        "automatic reply", "auto reply", "auto-reply", "autoreply", "auto response",
        "auto-response", "autoresponse", "out of office", "out of office autoreply",
        "out of office reply", "vacation reply",
        "automatische antwort", "abwesenheitsnotiz", "abwesenheitsnachricht",
        "réponse automatique", "absence du bureau", "respuesta automática", "fuera de la oficina",
        "resposta automática", "risposta automatica", "fuori sede", "automatisch antwoord",
        "afwezigheidsbericht", "automatiskt svar", "automatisk svar", "autosvar",
        "automaattinen vastaus", "odpowiedź automatyczna", "automatyczna odpowiedź",
        "automatická odpověď", "automatikus válasz", "răspuns automat", "otomatik yanıt",
        "αυτόματη απάντηση", "автоматический ответ", "автоматична відповідь", "automatski odgovor",
        "samodejni odgovor", "自動応答", "自動返信", "自动回复", "自动答复", "自動回覆",
        "자동 회신", "מענה אוטומטי", "رد تلقائي", "رد آلي",
    }
)  # fmt: skip
_LONGEST: Final = max(map(len, _WORDS)) + 3
# The number that a desk puts into its subjects.
_TAG: Final = re.compile(r"\[[A-Za-z]{1,10}-[0-9]{1,9}\]")


def absence(fields: Fields) -> str:
    """The words of a note of absence; empty when the mail is none, or answers nothing.

    A person may begin a subject with them, but does not answer so.
    """
    subject = fields.text("subject")
    start = subject[:_LONGEST].replace("\uff1a", ":")
    said, colon, _ = start.partition(":")
    words = " ".join(said.split()).casefold()
    answers = "in-reply-to" in fields or "references" in fields or _TAG.search(subject)
    return words if colon and answers and words in _WORDS else ""
