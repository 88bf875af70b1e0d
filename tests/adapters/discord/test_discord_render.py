"""Cards and forms stay within Discord's limits, and text from outside stays text."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.discord.drawing.controls import named_uploads
from adapters.discord.drawing.markup import escaped, fence, fitting, masked, size
from adapters.discord.drawing.render import Scene, draw, heading
from adapters.discord.gestures.forms import modal, submitted
from bot.cards import (
    Action,
    Author,
    Bar,
    Block,
    BlockKind,
    Card,
    Field,
    FieldKind,
    FileLink,
    Form,
    FormField,
    Link,
    Plain,
    Runs,
    Style,
    Tone,
    When,
    Who,
    action_id,
    chart,
)
from tests.fakes.discord_server.form_limits import check_modal
from tests.fakes.discord_server.message_limits import check_message
from tests.fakes.discord_server.places import texts, walk

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SCENE = Scene(accounts=lambda key: {"ana": "111"}.get(key, ""), console_url="https://desk.example")
V2 = 1 << 15
PIECES = (
    "```", "`", "**", "__", "~~", "||", "> ", ">>> ", "# ", "-# ", "- ", "1. ", "[a](https://x.y)",
    "<@111>", "<@!111>", "<@&222>", "<#333>", "@everyone", "@here", "</run:1>", "<t:1795258800:R>",
    "<:smile:99>", ":smile:", "https://evil.example/_a_", "discord.gg/evil", "\\", "\u202e", "\x00",
    "\n", "\n\n", "😀", "ü", "ﷺ", " ", "word ", "attachment://x",
)  # fmt: skip


def hostile(seed: int, length: int) -> str:
    """So many characters of everything that means something to Discord."""
    dice = random.Random(seed)
    text = ""
    while len(text) < length:
        text += dice.choice(PIECES)
    return text[:length]


def stuffed(seed: int, factor: int) -> Card:
    """A card with everything, each part ten times longer than sensible."""
    runs: Runs = (
        Plain(hostile(seed, 60 * factor), bold=True),
        When(NOON),
        Who("ana", hostile(seed + 1, 30), mention=True),
        Plain(hostile(seed + 2, 30 * factor), code=True),
        Link(hostile(seed + 3, 40), "https://desk.example/a b)c"),
    )
    actions = tuple(
        Action(action_id("claim", f"SUP-{n}"), hostile(n, 20 * factor) or "x", Style.DANGER)
        for n in range(8 * factor)
    )
    return Card(
        title=hostile(seed, 30 * factor),
        number="SUP-42",
        url="https://desk.example/t/42",
        fallback=hostile(seed, 15 * factor),
        tone=Tone.BREACHED,
        author=Author(name=hostile(seed, 20 * factor), via=hostile(seed, 20 * factor)),
        status=runs * 3,
        blocks=tuple(Block(runs * factor, kind) for kind in (*BlockKind, BlockKind.QUOTE)),
        fields=tuple(Field(hostile(n, 9 * factor), runs, 0.5) for n in range(3 * factor)),
        files=tuple(FileLink(n, hostile(n, 20 * factor), 1 << n) for n in range(2 * factor)),
        actions=actions,
        menu=actions,
        context=runs * factor,
        ended=True,
    )


@pytest.mark.parametrize("factor", [1, 10])
@pytest.mark.parametrize("seed", range(8))
def test_a_stuffed_card_stays_within_the_limits(seed: int, factor: int) -> None:
    drawing = draw(stuffed(seed, factor), SCENE)
    check_message({"components": list(drawing.components)}, V2)
    assert sum(size(text) for text in texts(list(drawing.components))) <= 4000
    assert drawing.mentions == ("111",)


@pytest.mark.parametrize("seed", range(40))
def test_m1_text_from_outside_is_never_syntax(seed: int) -> None:
    shown = escaped(hostile(seed, 400))
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "x", shown)
    assert not re.search(r"[*_~`|<>\[\]\\]|https?://|discord\.gg|@everyone|@here|:smile:", bare)
    assert not re.search(r"(?m)^\s*(#|-|\d+\.)", bare)


@pytest.mark.parametrize("seed", range(20))
def test_m1_a_fence_is_ended_by_nothing_inside(seed: int) -> None:
    assert fence(hostile(seed, 300)).count("```") == 2


def test_escaping_keeps_every_character_that_can_be_seen() -> None:
    text = "2 * 3 > 5_000 [sic] `x` #1 1. 10:30 <maria@acme.example>"
    assert re.sub(r"\\(\W|_)", r"\1", escaped(text)) == text


def test_what_turns_the_direction_of_text_is_taken_out() -> None:
    assert escaped("invoice\u202efdp.exe") == "invoicefdp.exe"


@pytest.mark.parametrize("room", [1, 2, 10, 99])
def test_text_is_cut_to_fit_once_it_is_escaped(room: int) -> None:
    assert size(escaped(fitting("*😀_" * 100, room))) <= room


def test_only_links_of_the_web_are_links() -> None:
    assert masked("x", "javascript:alert(1)") == "x"
    assert masked("a]b", "https://x.y/(z) w") == "[a\\]b](https://x.y/%28z%29%20w)"


def test_a_line_of_the_timeline_is_just_text() -> None:
    line = Card(title="", number="SUP-1", fallback="x", status=(Plain("Ana claimed it"),))
    assert draw(line, SCENE).components == ({"type": 10, "content": "Ana claimed it"},)


def test_an_instant_is_the_readers_own() -> None:
    line = Card(title="", fallback="x", status=(When(NOON), Plain(" "), When(NOON, relative=True)))
    assert texts(list(draw(line, SCENE).components)) == ["<t:1772452800:f> <t:1772452800:R>"]


def test_only_people_with_an_account_are_called() -> None:
    called = (Who("ana", "Ana", mention=True), Who("ben", "B*n", mention=True), Who("ana", "Ana"))
    drawing = draw(Card(title="", fallback="x", status=called), SCENE)
    assert texts(list(drawing.components)) == ["<@111>B\\*nAna"]
    assert drawing.mentions == ("111",)


def test_an_id_that_discord_cannot_carry_is_left_out() -> None:
    fits, long = Action("dk1:claim:" + "x" * 90, "a"), Action("dk1:claim:" + "x" * 91, "b")
    drawing = draw(Card(title="t", fallback="t", actions=(fits, long)), SCENE)
    buttons = [part for part in walk(list(drawing.components)) if part["type"] == 2]
    assert [button["custom_id"] for button in buttons] == [fits.id]


def test_a_long_text_spills_as_a_whole() -> None:
    words = "line\n" * 3000
    drawing = draw(Card(title="", fallback="x", blocks=(Block((Plain(words),)),)), SCENE)
    assert drawing.spill == words


def test_a_quote_of_nothing_but_line_ends_fits() -> None:
    blank = Card(title="t", fallback="t", blocks=(Block((Plain("a\n" * 4000),), BlockKind.QUOTE),))
    check_message({"components": list(draw(blank, SCENE).components)}, V2)


def test_bars_stand_in_letters_of_one_width() -> None:
    bars = Card(title="t", fallback="t", blocks=(chart(Bar("Mon", (("", 3),))),))
    assert "```\nMon  ▇▇▇ 3\n```" in "\n".join(texts(list(draw(bars, SCENE).components)))


def test_a_thread_is_named_by_number_and_title() -> None:
    assert heading(Card(title="a\nb", number="SUP-1", fallback="")) == "SUP-1 a b"
    assert len(heading(Card(title="*" * 300, number="SUP-1", fallback=""))) <= 100


def test_file_names_are_those_that_discord_keeps() -> None:
    assert named_uploads(["a b.txt", "a_b.txt", "../../x", "ü"]) == [
        "a_b.txt", "1-a_b.txt", "x", "file"
    ]  # fmt: skip


# ------------------------------------------------------------ forms


def form(*fields: FormField, **more: object) -> Form:
    return Form(id="dk1:reply:SUP-1", title="Reply to SUP-1", fields=fields, **more)  # type: ignore[arg-type]


def wordy(name: str, kind: FieldKind, options: int = 0, **more: object) -> FormField:
    listed = tuple((f"v{n}", hostile(n, 300)) for n in range(options))
    return FormField(
        name=name,
        label=hostile(1, 200),
        hint=hostile(2, 400),
        kind=kind,
        options=listed,
        **more,  # type: ignore[arg-type]
    )


def test_a_stuffed_form_stays_within_the_limits() -> None:
    fields = [wordy(f"f{n}", kind, 30) for n, kind in enumerate(FieldKind)]
    fields += [wordy("value", FieldKind.AREA, value="x" * 9000, max_length=20_000)]
    drawn = modal(form(*fields, intro=(Plain(hostile(3, 9000)),), warning="w" * 3000), str)
    check_modal(drawn)


def test_a_form_says_that_it_has_no_room_for_all_of_a_text() -> None:
    text = FormField(
        name="text", label="Message", kind=FieldKind.AREA, value="x" * 9000, max_length=20_000
    )
    warning, field = modal(form(text), str)["components"]
    assert "Only the beginning of “Message” has room here" in warning["content"]
    assert len(field["component"]["value"]) == 4000


def test_what_is_needed_most_stays_in_a_form() -> None:
    optional = [wordy(f"o{n}", FieldKind.LINE, required=False) for n in range(5)]
    needed = wordy("text", FieldKind.AREA)
    drawn = modal(form(*optional, needed), str)
    names = [part["component"]["custom_id"] for part in drawn["components"]]
    assert names == ["o0", "o1", "o2", "o3", "text"]


def test_a_form_says_what_it_is_about_when_there_is_room() -> None:
    drawn = modal(form(wordy("text", FieldKind.AREA), intro=(Plain("To *maria*"),)), str)
    assert drawn["components"][0] == {"type": 10, "content": "To \\*maria\\*"}


def test_a_choice_of_too_many_is_typed() -> None:
    drawn = modal(form(wordy("who", FieldKind.PERSON, 26)), str)
    assert drawn["components"][0]["component"]["type"] == 4


def test_what_was_filled_in_comes_back_by_name() -> None:
    parts: list[dict[str, Any]] = [
        {"type": 18, "component": {"type": 4, "custom_id": "text", "value": "hello"}},
        {"type": 18, "component": {"type": 3, "custom_id": "then", "values": ["wait"]}},
        {"type": 18, "component": {"type": 19, "custom_id": "files", "values": ["7", "8"]}},
        {"type": 10},
    ]
    assert submitted(parts) == ({"text": "hello", "then": "wait"}, ["7", "8"])
