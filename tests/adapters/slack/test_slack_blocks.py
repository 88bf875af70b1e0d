"""Cards in Block Kit: what is seen, and that Slack takes whatever comes from outside."""

from __future__ import annotations

import pytest

from adapters.slack.drawing.actions import MENU
from adapters.slack.drawing.blocks import FOLDED, SHOWN, card_blocks, plain_blocks, whole_text
from adapters.slack.drawing.workspace import Workspace
from bot.cards import (
    Action,
    Author,
    Bar,
    Block,
    Card,
    Field,
    FileLink,
    Link,
    Plain,
    Style,
    Tone,
    When,
    Who,
    chart,
)
from tests.adapters.console import console_cards as samples
from tests.adapters.slack.drawn import (
    CARDS,
    HOSTILE,
    NOW,
    Json,
    faults,
    labels,
    links,
    marked,
    of_type,
    pings,
    poisoned,
    said,
)

DESK = Workspace(accounts={"ana": "U0ANA"}, console_url="https://desk.example/console")


def card(**facts: object) -> Card:
    return Card(**({"title": "", "fallback": "something", "number": "SUP-1"} | facts))  # type: ignore[arg-type]


def mail(text: str, **facts: object) -> Card:
    author = Author(name="Maria Huber", via="by email")
    return card(tone=Tone.CUSTOMER, author=author, blocks=(Block((Plain(text),)),), **facts)


def button(blocks: list[Json], label: str) -> Json:
    return next(b for b in of_type(blocks, "button") if b["text"]["text"] == label)


# ------------------------------------------------------------ hostile


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_m1_slack_takes_every_card_whatever_is_written_in_it(name: str, text: str) -> None:
    blocks = card_blocks(poisoned(CARDS[name], text), DESK)
    assert faults(blocks) == []
    assert pings(blocks) == []
    assert all(url.startswith(("https://desk.example/", "https://runb")) for url in links(blocks))


@pytest.mark.parametrize("name", ["new ticket", "mail", "report"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_slack_takes_the_plain_form_of_every_card(name: str, text: str) -> None:
    blocks = plain_blocks(poisoned(CARDS[name], text))
    assert faults(blocks) == []
    assert marked(blocks) == []


@pytest.mark.parametrize("text", [HOSTILE["mrkdwn"], HOSTILE["emoji"]])
def test_what_looks_like_markup_is_never_read_as_markup(text: str) -> None:
    assert not any(text in found for found in marked(card_blocks(poisoned(CARDS["mail"], text))))


@pytest.mark.parametrize("name", CARDS)
def test_no_card_holds_more_text_than_slack_takes(name: str) -> None:
    blocks = card_blocks(poisoned(CARDS[name], HOSTILE["long line"]), DESK)
    assert len(said(blocks)) < 12_000


# ------------------------------------------------------------ a ticket


def test_a_ticket_shows_its_number_title_status_and_excerpt() -> None:
    text = said(card_blocks(samples.new_ticket(NOW)))
    assert "SUP-42 Invoice PDF shows wrong VAT rate\nNew · High · billing" in text
    assert "since Monday our invoices show 19% VAT" in text


def test_fields_stand_in_two_columns_with_the_readers_own_time() -> None:
    (section,) = [b for b in card_blocks(samples.new_ticket(NOW)) if "fields" in b]
    assert section["fields"][0]["text"] == "*From*\nMaria Huber &lt;maria@acme.example&gt;"
    assert "<!date^" in section["fields"][3]["text"]
    assert "▰▰▰▱▱▱▱▱" in section["fields"][3]["text"]


def test_a_field_that_would_be_markup_stands_on_a_line_of_its_own() -> None:
    blocks = card_blocks(card(fields=(Field("From", (Plain("*x*"),)), Field("To", (Plain("y"),)))))
    assert marked(blocks) == ["*To*\ny"]
    assert "From  *x*" in said(blocks)


def test_there_are_four_buttons_what_is_asked_twice_and_a_menu() -> None:
    blocks = card_blocks(samples.new_ticket(NOW))
    (row,) = of_type(blocks, "actions")
    assert [e["type"] for e in row["elements"]] == ["button"] * 5 + ["overflow"]
    assert row["elements"][5]["action_id"] == MENU
    assert row["elements"][0]["style"] == "primary"


def test_a_fifth_button_goes_into_the_menu() -> None:
    actions = tuple(Action(f"dk1:show:SUP-{n}", f"SUP-{n}") for n in range(6))
    (row,) = of_type(card_blocks(card(actions=actions)), "actions")
    values = [option["value"] for option in row["elements"][4]["options"]]
    assert values == ["dk1:show:SUP-4", "dk1:show:SUP-5"]


def test_a_long_menu_is_a_select() -> None:
    menu = tuple(Action(f"dk1:v{n}:SUP-1", f"Verb {n}") for n in range(9))
    (row,) = of_type(card_blocks(card(menu=menu)), "actions")
    assert row["elements"][0]["type"] == "static_select"
    assert len(row["elements"][0]["options"]) == 9


def test_what_cannot_be_taken_back_is_asked_for_twice() -> None:
    blocks = card_blocks(samples.incident(NOW))
    assert button(blocks, "Resolve")["confirm"]["text"]["text"] == "Resolve INC-7 for everybody?"
    assert "confirm" not in button(blocks, "Post update")


def test_every_danger_has_a_question_even_without_words_of_its_own() -> None:
    blocks = card_blocks(card(actions=(Action("dk1:drop:SUP-1", "Drop", Style.DANGER),)))
    assert button(blocks, "Drop")["confirm"]["title"]["text"] == "Drop?"


def test_an_ended_ticket_is_struck_through() -> None:
    blocks = card_blocks(samples.resolved_ticket(NOW))
    struck = [e["text"] for e in of_type(blocks, "text") if e.get("style", {}).get("strike")]
    assert "".join(struck) == "SUP-40 Cannot log in after password reset"


def test_the_tone_is_told_in_words_too() -> None:
    breached = card(title="Late", tone=Tone.BREACHED, status=(Plain("🔵 Open"),))
    assert "🔴 Breached · 🔵 Open" in said(card_blocks(breached))


def test_a_tone_that_the_status_shows_is_not_told_twice() -> None:
    resolved = card(title="Done", tone=Tone.RESOLVED, status=(Plain("✅ Resolved by Ana"),))
    assert said(card_blocks(resolved)).count("✅") == 1


def test_a_refusal_has_its_sign() -> None:
    assert "⚠️ Not saved" in said(card_blocks(card(tone=Tone.WARNING, status=(Plain("Not saved"),))))


def test_the_number_leads_to_the_card_where_it_has_an_address() -> None:
    blocks = card_blocks(card(title="Broken", url="https://desk.example/t/1"))
    assert links(blocks) == ["https://desk.example/t/1"]


def test_a_mention_pings_somebody_with_an_account() -> None:
    line = card(status=(Who("ana", "Ana", mention=True), Plain(" first reply is due")))
    assert pings(card_blocks(line, DESK)) == ["user"]
    assert pings(card_blocks(line)) == []


def test_instants_in_the_small_print_are_the_readers_own() -> None:
    (printed,) = of_type(card_blocks(card(context=(Plain("received "), When(NOW)))), "context")
    assert printed["elements"][0]["text"].startswith("received <!date^")


def test_a_runbook_is_a_link() -> None:
    runbook = Link("Runbook", "https://wiki.example/rb")
    (printed,) = of_type(card_blocks(card(context=(runbook,))), "context")
    assert printed["elements"][0]["text"] == "<https://wiki.example/rb|Runbook>"


# ------------------------------------------------------------ a message


def test_a_mail_shows_who_wrote_what() -> None:
    assert "📨 Maria Huber · by email\nIt is broken." in said(card_blocks(mail("It is broken.")))


def test_what_became_of_a_reply_stands_below_it() -> None:
    assert said(card_blocks(samples.reply("Fixed."))).rstrip().endswith("delivered ✓")


def test_an_undone_reply_is_struck_through() -> None:
    blocks = card_blocks(mail("never sent", ended=True))
    text = next(e for e in of_type(blocks, "text") if e["text"] == "never sent")
    assert text["style"] == {"strike": True}


def test_a_long_mail_is_folded() -> None:
    text = "".join(f"line {n}\n" for n in range(500))
    blocks = card_blocks(mail(text))
    (fold,) = of_type(blocks, "container")
    assert fold["default_collapsed"]
    assert "line 0\n" in said(blocks[0:2])
    assert "line 499" in said(fold)


def test_no_word_of_a_folded_mail_is_lost() -> None:
    words = [f"w{n}" for n in range(1000)]
    assert said(card_blocks(mail(" ".join(words)))).split()[-1000:] is not None
    shown = said(card_blocks(mail(" ".join(words)))).replace("\n", " ").split()
    assert set(words) <= set(shown)


def test_a_mail_that_cannot_be_shown_whole_is_a_file_as_well() -> None:
    text = "word " * 3000
    assert whole_text(mail(text)) == text
    assert "in the attached file" in said(card_blocks(mail(text)))
    assert whole_text(mail("x" * (SHOWN + FOLDED))) == ""


def test_files_are_named_with_links_to_the_console() -> None:
    blocks = card_blocks(mail("see", files=(FileLink(7, "invoice.pdf", 84_211),)), DESK)
    assert "📎 invoice.pdf (82 kB)" in said(blocks)
    assert links(blocks) == ["https://desk.example/console/files/7"]


def test_files_without_a_console_are_only_named() -> None:
    blocks = card_blocks(mail("see", files=(FileLink(7, "a.pdf", 12),)))
    assert "📎 a.pdf (12 bytes)" in said(blocks)
    assert links(blocks) == []


# ------------------------------------------------------------ lists and reports


def test_a_card_of_no_work_item_has_a_header() -> None:
    assert card_blocks(samples.report())[0]["type"] == "header"


def test_many_lines_share_a_block() -> None:
    lines = tuple(Block((Plain(f"line {n}"),)) for n in range(200))
    blocks = card_blocks(card(title="History", blocks=lines))
    assert len(blocks) < 5
    assert "line 198\nline 199" in said(blocks)


def test_a_list_that_is_too_long_says_so_and_keeps_its_buttons() -> None:
    lines = tuple(Block((Plain("x" * 200),)) for _ in range(200))
    blocks = card_blocks(card(blocks=lines, actions=(Action("dk1:claim:SUP-1", "Claim"),)))
    assert "longer than Slack takes" in said(blocks)
    assert labels(blocks) == ["Claim"]


def test_bars_are_slacks_own_chart() -> None:
    (chart,) = of_type(card_blocks(samples.report()), "data_visualization")
    (series,) = chart["chart"]["series"]
    assert series["data"][0] == {"label": "Mon", "value": 31}
    assert chart["chart"]["axis_config"]["categories"][-1] == "Sun"


def test_bars_are_drawn_with_characters_when_slack_refuses_the_chart() -> None:
    blocks = card_blocks(samples.report(), charts=False)
    assert of_type(blocks, "data_visualization") == []
    assert "Mon  ▇▇▇▇▇▇▇▇▇▇ 31\nTue  ▇▇▇▇▇▇▇    24" in said(
        of_type(blocks, "rich_text_preformatted")
    )


def test_a_chart_may_have_several_figures_a_day() -> None:
    days = (("Mon 16", 3, 2), ("Tue 17", 0, 4))
    bars = chart(*(Bar(day, (("new", new), ("resolved", done))) for day, new, done in days))
    (drawn,) = of_type(card_blocks(card(title="Week", blocks=(bars,))), "data_visualization")
    assert [series["name"] for series in drawn["chart"]["series"]] == ["new", "resolved"]
    assert drawn["chart"]["series"][1]["data"][1] == {"label": "Tue 17", "value": 4}


@pytest.mark.parametrize(
    "bars",
    [
        (Bar("a", (("", 1),)), Bar("a", (("", 2),))),
        (Bar("a", (("", -1),)),),
        tuple(Bar(f"{day}", (("", 1),)) for day in range(21)),
        (Bar("a", tuple((f"{name}", 1) for name in range(7))),),
    ],
)
def test_bars_that_slack_has_no_chart_for_are_drawn_with_characters(bars: tuple[Bar, ...]) -> None:
    blocks = card_blocks(card(blocks=(chart(*bars),)))
    assert of_type(blocks, "data_visualization") == []
    assert of_type(blocks, "rich_text_preformatted")


def test_an_empty_card_still_says_something() -> None:
    assert "something" in said(card_blocks(card(number="")))
