"""Slack's figures in one table: sizes of blocks and views, rates, scopes.

Sources: docs.slack.dev/reference/block-kit, docs.slack.dev/apis/web-api/rate-limits, the method
pages, and the models of slack_sdk 3.47.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5
RETRIES = (timedelta(), timedelta(minutes=1), timedelta(minutes=5))
MOST_CONNECTIONS = 10
VIEW_STACK = 3
TEXT = 40_000
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
CHARTS = 2
ID = 255

# Tiers are calls a minute; a method with None is limited in another way or not at all.
TIER_2, TIER_3, TIER_4 = 20, 50, 100
# apps.connections.open is documented as tier 1, yet an app opens its connections in one go.
CONNECTIONS_A_MINUTE = MOST_CONNECTIONS
POST_BURST = 5
POSTS_PER_SECOND = 1

MRKDWN = frozenset({"mrkdwn", "plain_text"})
PLAIN = frozenset({"plain_text"})
ANYWHERE = frozenset({"message", "modal", "home"})
SELECTS = frozenset(
    f"{many}{source}_select"
    for many in ("", "multi_")
    for source in ("static", "external", "users", "conversations", "channels")
)
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
CHOICES = frozenset({"radio_buttons", "checkboxes", "overflow"})
INPUTS = frozenset(
    {
        "plain_text_input",
        "rich_text_input",
        "number_input",
        "email_text_input",
        "url_text_input",
        "file_input",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a block, an element or an object may hold."""

    texts: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    strings: dict[str, int] = field(default_factory=dict)
    lists: dict[str, tuple[int, int]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    choices: dict[str, frozenset[str]] = field(default_factory=dict)
    elements: dict[str, frozenset[str]] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    where: frozenset[str] = ANYWHERE


_SECTION_SIDE = (
    SELECTS
    | PICKERS
    | CHOICES
    | frozenset({"button", "image", "workflow_button", "feedback_buttons"})
)
_ACTION_ROW = _SECTION_SIDE - {"image"}
_INPUT_SIDE = (SELECTS | PICKERS | INPUTS | CHOICES) - {"overflow"}

BLOCKS: dict[str, Shape] = {
    "section": Shape(
        texts={"text": (3000, MRKDWN)},
        lists={"fields": (1, 10)},
        one_of=("text", "fields"),
        elements={"accessory": _SECTION_SIDE},
        objects={"fields": "field"},
    ),
    "actions": Shape(
        lists={"elements": (1, 25)}, needs=("elements",), elements={"elements": _ACTION_ROW}
    ),
    "context": Shape(
        lists={"elements": (1, 10)},
        needs=("elements",),
        elements={"elements": frozenset({"mrkdwn", "plain_text", "image"})},
    ),
    "header": Shape(texts={"text": (150, PLAIN)}, needs=("text",)),
    "divider": Shape(),
    "image": Shape(
        strings={"image_url": 3000, "alt_text": 2000},
        texts={"title": (2000, PLAIN)},
        needs=("alt_text",),
        one_of=("image_url", "slack_file"),
    ),
    "input": Shape(
        texts={"label": (2000, PLAIN), "hint": (2000, PLAIN)},
        needs=("label", "element"),
        elements={"element": _INPUT_SIDE},
    ),
    "rich_text": Shape(needs=("elements",)),
    "markdown": Shape(strings={"text": 12_000}, needs=("text",), where=frozenset({"message"})),
    "table": Shape(lists={"rows": (1, 100)}, needs=("rows",), where=frozenset({"message"})),
    "file": Shape(needs=("external_id", "source"), where=frozenset({"message"})),
    "video": Shape(needs=("title", "video_url", "thumbnail_url", "alt_text")),
    "card": Shape(
        texts={"title": (150, MRKDWN), "subtitle": (150, MRKDWN), "body": (200, MRKDWN)},
        one_of=("hero_image", "title", "actions", "body"),
    ),
    "carousel": Shape(lists={"elements": (1, 10)}, needs=("elements",)),
    "container": Shape(
        texts={"title": (150, PLAIN), "subtitle": (150, MRKDWN)},
        lists={"child_blocks": (1, 10)},
        needs=("child_blocks",),
        one_of=("title", "rich_text_title"),
        choices={"width": frozenset({"narrow", "standard", "wide", "full"})},
    ),
    "alert": Shape(
        texts={"text": (3000, MRKDWN)},
        needs=("text",),
        choices={"level": frozenset({"default", "info", "warning", "error", "success"})},
        where=frozenset({"modal"}),
    ),
    "data_visualization": Shape(
        strings={"title": 50}, needs=("title", "chart"), where=frozenset({"message"})
    ),
}

_PLACEHOLDER: dict[str, tuple[int, frozenset[str]]] = {"placeholder": (150, PLAIN)}
_LISTED = Shape(
    texts=_PLACEHOLDER,
    lists={"options": (1, 100), "option_groups": (1, 100)},
    one_of=("options", "option_groups"),
    objects={"options": "option"},
)
_FREE = Shape(texts=_PLACEHOLDER)

ELEMENTS: dict[str, Shape] = {
    "button": Shape(
        texts={"text": (75, PLAIN)},
        strings={"value": 2000, "url": 3000, "accessibility_label": 75},
        needs=("text",),
        choices={"style": frozenset({"primary", "danger"})},
    ),
    "overflow": Shape(
        lists={"options": (1, 5)}, needs=("options",), objects={"options": "plain_option"}
    ),
    "static_select": _LISTED,
    "multi_static_select": _LISTED,
    "radio_buttons": Shape(
        lists={"options": (1, 10)}, needs=("options",), objects={"options": "option"}
    ),
    "checkboxes": Shape(
        lists={"options": (1, 10)}, needs=("options",), objects={"options": "option"}
    ),
    "plain_text_input": Shape(texts=_PLACEHOLDER, strings={"initial_value": 3000}),
    "number_input": Shape(texts=_PLACEHOLDER, needs=("is_decimal_allowed",)),
    "file_input": Shape(),
    "image": Shape(
        strings={"image_url": 3000, "alt_text": 2000},
        needs=("alt_text",),
        one_of=("image_url", "slack_file"),
    ),
    "mrkdwn": Shape(strings={"text": 3000}, needs=("text",)),
    "plain_text": Shape(strings={"text": 3000}, needs=("text",)),
    "workflow_button": Shape(texts={"text": (75, PLAIN)}, needs=("text", "workflow")),
    "feedback_buttons": Shape(needs=("positive_button", "negative_button")),
}

OBJECTS: dict[str, Shape] = {
    "field": Shape(strings={"text": 2000}, needs=("type", "text")),
    "option": Shape(
        texts={"text": (75, MRKDWN), "description": (75, MRKDWN)},
        strings={"value": 150},
        needs=("text", "value"),
    ),
    "plain_option": Shape(
        texts={"text": (75, PLAIN), "description": (75, PLAIN)},
        strings={"value": 150, "url": 3000},
        needs=("text", "value"),
    ),
    "confirm": Shape(
        texts={
            "title": (100, PLAIN),
            "text": (300, MRKDWN),
            "confirm": (30, PLAIN),
            "deny": (30, PLAIN),
        },
        needs=("title", "text", "confirm", "deny"),
    ),
    "modal": Shape(
        texts={"title": (24, PLAIN), "submit": (24, PLAIN), "close": (24, PLAIN)},
        strings={"private_metadata": 3000, "callback_id": ID, "external_id": ID},
        lists={"blocks": (1, VIEW_BLOCKS)},
        needs=("title", "blocks"),
    ),
    "home": Shape(
        strings={"private_metadata": 3000, "callback_id": ID, "external_id": ID},
        lists={"blocks": (1, VIEW_BLOCKS)},
        needs=("blocks",),
    ),
}


def element_shape(kind: str) -> Shape:
    """The shape of an element by its type; pickers and other selects hold only a placeholder."""
    return ELEMENTS.get(kind, _FREE)


SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:read",
    "reactions:write",
    "users:read",
    "users:read.email",
)
OPTIONAL_SCOPES = (
    "channels:join",
    "channels:manage",
    "groups:write",
    "pins:write",
    "bookmarks:write",
    "chat:write.customize",
    "usergroups:read",
    "usergroups:write",
    "canvases:write",
    "links:read",
    "links:write",
)
EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "message.channels",
        "message.groups",
        "message.im",
        "reaction_added",
        "member_joined_channel",
        "channel_archive",
        "channel_deleted",
        "channel_rename",
        "user_change",
        "tokens_revoked",
        "app_uninstalled",
    }
)
