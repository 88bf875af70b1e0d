"""What Discord refuses in a message: sizes, embeds, components of both kinds.

https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.fakes.discord_server import mentions
from tests.fakes.discord_server.places import COMPONENTS_V2, texts, walk
from tests.fakes.discord_server.refusals import Faulty

JSON = dict[str, Any]

ROW, BUTTON, SELECT, SECTION, TEXT, THUMBNAIL = 1, 2, 3, 9, 10, 11
GALLERY, FILE, SEPARATOR, CONTAINER = 12, 13, 14, 17
SELECTS = frozenset({3, 5, 6, 7, 8})
IN_CONTAINER = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR})
TOP_V2 = IN_CONTAINER | {CONTAINER}
TOP_CLASSIC = frozenset({ROW})

MOST_COMPONENTS = 40
MOST_DISPLAYED = 4000
EMBED_TOTAL = 6000
MOST_ID = (1 << 31) - 1


def check_message(body: JSON, flags: int) -> None:
    """Refuse a message body (of a create, an edit or an interaction's answer) with one 50035."""
    faulty = Faulty()
    faulty.length("content", body.get("content"), 0, 2000)
    nonce = body.get("nonce")
    if nonce is not None:
        faulty.length("nonce", str(nonce), 0, 25)
    mentions.check(faulty, body.get("allowed_mentions"))
    _embeds(faulty, body.get("embeds") or [])
    components = body.get("components") or []
    if flags & COMPONENTS_V2:
        _v2(faulty, body, components)
    else:
        faulty.length("components", components, 0, 5)
        _each(faulty, "components", components, TOP_CLASSIC)
    _unique_ids(faulty, components)
    faulty.raise_any()


def _v2(faulty: Faulty, body: JSON, components: list[JSON]) -> None:
    for legacy in ("content", "embeds", "stickers", "poll"):
        if body.get(legacy):
            faulty.add(
                legacy,
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{legacy}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )
    if len(walk(components)) > MOST_COMPONENTS:
        faulty.add(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            f"The maximum total number of components is {MOST_COMPONENTS}.",
        )
    if sum(len(text) for text in texts(components)) > MOST_DISPLAYED:
        faulty.add(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            f"The total size of displayable text in components exceeds {MOST_DISPLAYED}.",
        )
    _each(faulty, "components", components, TOP_V2)


def _each(faulty: Faulty, path: str, parts: list[JSON], allowed: frozenset[int]) -> None:
    for place, part in enumerate(parts):
        here = f"{path}.{place}"
        if part.get("type") not in allowed:
            choices = ", ".join(str(kind) for kind in sorted(allowed))
            faulty.add(f"{here}.type", "BASE_TYPE_CHOICES", f"Value must be one of {{{choices}}}.")
        else:
            _part(faulty, here, part)


def _part(faulty: Faulty, path: str, part: JSON) -> None:
    kind = part["type"]
    if kind == ROW:
        _row(faulty, path, part.get("components") or [])
    elif kind == SECTION:
        _section(faulty, path, part)
    elif kind == TEXT:
        faulty.length(f"{path}.content", part.get("content"), 1, MOST_DISPLAYED)
    elif kind == GALLERY:
        faulty.length(f"{path}.items", part.get("items"), 1, 10)
    elif kind == CONTAINER:
        inner = part.get("components") or []
        faulty.length(f"{path}.components", inner, 1, MOST_COMPONENTS)
        _each(faulty, f"{path}.components", inner, IN_CONTAINER)


def _row(faulty: Faulty, path: str, parts: list[JSON]) -> None:
    faulty.length(f"{path}.components", parts, 1, 5)
    kinds = {part.get("type") for part in parts}
    if kinds & SELECTS and len(parts) > 1:
        faulty.add(
            f"{path}.components",
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The components total width is too large for this row.",
        )
    _interactive(faulty, f"{path}.components", parts)


def _interactive(faulty: Faulty, path: str, parts: list[JSON]) -> None:
    for place, part in enumerate(parts):
        here = f"{path}.{place}"
        if part.get("type") == BUTTON:
            check_button(faulty, here, part)
        elif part.get("type") in SELECTS:
            check_select(faulty, here, part)
        else:
            faulty.add(
                f"{here}.type", "BASE_TYPE_CHOICES", "Value must be one of {2, 3, 5, 6, 7, 8}."
            )


def _section(faulty: Faulty, path: str, part: JSON) -> None:
    inner = part.get("components") or []
    faulty.length(f"{path}.components", inner, 1, 3)
    _each(faulty, f"{path}.components", inner, frozenset({TEXT}))
    accessory = part.get("accessory")
    if accessory is None:
        required(faulty, f"{path}.accessory")
    elif accessory.get("type") == BUTTON:
        check_button(faulty, f"{path}.accessory", accessory)
    elif accessory.get("type") != THUMBNAIL:
        faulty.add(f"{path}.accessory.type", "BASE_TYPE_CHOICES", "Value must be one of {2, 11}.")


def required(faulty: Faulty, path: str) -> None:
    """Note a missing field."""
    faulty.add(path, "BASE_TYPE_REQUIRED", "This field is required")


def check_button(faulty: Faulty, path: str, part: JSON) -> None:
    """A button: a label, and an id or an address, never both."""
    faulty.length(f"{path}.label", part.get("label"), 0, 80)
    if not part.get("label") and not part.get("emoji"):
        faulty.add(
            path, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have either a label or an emoji."
        )
    if part.get("style") == 5:
        if not part.get("url"):
            faulty.add(path, "BUTTON_COMPONENT_URL_REQUIRED", "A url is required for link buttons.")
        faulty.length(f"{path}.url", part.get("url"), 0, 512)
    else:
        faulty.length(f"{path}.custom_id", part.get("custom_id"), 1, 100)
    if part.get("url") and part.get("custom_id"):
        faulty.add(
            path,
            "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
            "A custom id and url cannot both be specified.",
        )


def check_select(faulty: Faulty, path: str, part: JSON, *, in_modal: bool = False) -> None:
    """A select: its id, its placeholder, and for a string select 1 to 25 options."""
    faulty.length(f"{path}.custom_id", part.get("custom_id"), 1, 100)
    faulty.length(f"{path}.placeholder", part.get("placeholder"), 0, 150)
    if part.get("disabled") and in_modal:
        faulty.add(f"{path}.disabled", "COMPONENT_DISABLED_IN_MODAL", "Cannot be disabled.")
    if part["type"] == SELECT:
        check_options(faulty, f"{path}.options", part.get("options") or [], 1, 25)
    most = part.get("max_values", 1)
    if part["type"] == SELECT and not 1 <= most <= max(1, len(part.get("options") or [])):
        faulty.add(
            f"{path}.max_values",
            "NUMBER_TYPE_MAX",
            f"int value should be less than or equal to {len(part.get('options') or [])}.",
        )


def check_options(faulty: Faulty, path: str, options: list[JSON], fewest: int, most: int) -> None:
    """Options of a select, a radio group or a checkbox group: so many, each with its own value."""
    faulty.length(path, options, fewest, most)
    for place, option in enumerate(options):
        faulty.length(f"{path}.{place}.label", option.get("label"), 1, 100)
        faulty.length(f"{path}.{place}.value", option.get("value"), 1, 100)
        faulty.length(f"{path}.{place}.description", option.get("description"), 0, 100)
    for value, count in Counter(option.get("value") for option in options).items():
        if count > 1:
            faulty.add(
                path,
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                f"The specified option value is already used: {value}",
            )


def _unique_ids(faulty: Faulty, components: list[JSON]) -> None:
    numbers = Counter(part["id"] for part in walk(components) if part.get("id"))
    for number, times in numbers.items():
        if times > 1 or not 0 < number <= MOST_ID:
            faulty.add(
                "components",
                "COMPONENT_ID_INVALID",
                f"Component id must be unique and fit into 32 bits: {number}",
            )
    counted = Counter(part["custom_id"] for part in walk(components) if part.get("custom_id"))
    for custom_id, count in counted.items():
        if count > 1:
            faulty.add(
                "components",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                f"Component custom id cannot be duplicated: {custom_id}",
            )


def _embeds(faulty: Faulty, embeds: list[JSON]) -> None:
    faulty.length("embeds", embeds, 0, 10)
    total = 0
    for place, embed in enumerate(embeds):
        path = f"embeds.{place}"
        faulty.length(f"{path}.title", embed.get("title"), 0, 256)
        faulty.length(f"{path}.description", embed.get("description"), 0, 4096)
        faulty.length(f"{path}.fields", embed.get("fields"), 0, 25)
        for number, field in enumerate(embed.get("fields") or []):
            faulty.length(f"{path}.fields.{number}.name", field.get("name"), 1, 256)
            faulty.length(f"{path}.fields.{number}.value", field.get("value"), 1, 1024)
        total += _embed_size(embed)
    if total > EMBED_TOTAL:
        faulty.add(
            "embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}"
        )


def _embed_size(embed: JSON) -> int:
    fields = embed.get("fields") or []
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    parts += [field.get(key) for field in fields for key in ("name", "value")]
    return sum(len(part or "") for part in parts)
