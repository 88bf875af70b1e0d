"""The balance of the mail ledger."""

from __future__ import annotations

from bot.domain.ledger import MailLedger, balance
from bot.services.mailing.incoming.intake import NAMES


def test_every_outcome_has_its_place() -> None:
    counts = {
        ("done", "ticket"): 5, ("done", "follow_up"): 4, ("done", "automatic"): 2,
        ("done", "bounce"): 1, ("done", "held"): 1, ("quarantined", "quarantined"): 3,
        ("done", "duplicate"): 2, ("done", "dropped"): 1, ("waiting", ""): 1, ("leased", ""): 1,
    }  # fmt: skip
    found = balance(counts)
    assert found == MailLedger(
        received=21, tickets=5, follow_ups=4, automatic=3, held=1, quarantined=3, refused=3,
        waiting=2,
    )  # fmt: skip
    assert found.balanced
    assert found.tell() == (
        "21 received = 5 tickets + 4 follow-ups + 3 automatic + 1 held + 3 quarantined"
        " + 3 refused by rule + 2 waiting"
    )


def test_r3_what_is_shown_as_it_came_is_held() -> None:
    found = balance({("quarantined", "held"): 2, ("quarantined", "quarantined"): 1})
    assert (found.held, found.quarantined, found.balanced) == (2, 1, True)


def test_c3_what_is_infected_is_quarantined_and_said_to_be() -> None:
    found = balance({("quarantined", "infected"): 1, ("quarantined", "quarantined"): 2})
    assert found.balanced
    assert "3 quarantined (1 infected)" in found.tell()


def test_an_outcome_that_nobody_knows_breaks_the_balance() -> None:
    found = balance({("done", "ticket"): 1, ("done", "vanished"): 1})
    assert not found.balanced
    assert found.tell().startswith("2 received ≠ 1 tickets")


def test_a_day_without_mail_balances() -> None:
    assert balance({}).balanced


def test_every_outcome_a_mail_can_have_is_known() -> None:
    ended = [name for name in NAMES.values() if name != "quarantined"]
    assert balance({("done", name): 1 for name in ended}).balanced
