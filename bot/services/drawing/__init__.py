"""Drawing: cards of work items, messages, lines and pages, from the state of the moment."""

from bot.services.drawing.cards import (
    CLOSED,
    item_card,
    item_history,
    line_card,
    message_card,
    notice_card,
    page_card,
)
from bot.services.drawing.lists import duty_card, queue_card
from bot.services.drawing.messages import whole_picture

__all__ = [
    "CLOSED",
    "duty_card",
    "item_card",
    "item_history",
    "line_card",
    "message_card",
    "notice_card",
    "page_card",
    "queue_card",
    "whole_picture",
]
