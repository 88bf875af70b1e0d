"""What a refusal of the Web API means."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest

from adapters.slack.api.faults import refused, troubled, unreached
from bot.errors import GONE, Fault, PermanentError, TemporaryError

POST = "chat.postMessage"


def permanent(code: str, **answer: object) -> PermanentError:
    error = refused(POST, code, answer)
    assert isinstance(error, PermanentError)
    return error


@pytest.mark.parametrize("code", ["fatal_error", "internal_error", "service_unavailable"])
def test_slacks_own_failure_passes_and_may_have_posted(code: str) -> None:
    error = refused(POST, code, {})
    assert isinstance(error, TemporaryError)
    assert error.ambiguous


def test_an_edit_may_be_repeated_without_a_look() -> None:
    assert not troubled("chat.update", "HTTP 500").ambiguous


def test_a_lost_answer_is_looked_up_only_when_slack_had_time_to_show_the_post() -> None:
    assert unreached(POST, aiohttp.ServerDisconnectedError()).retry_after == timedelta(seconds=5)


@pytest.mark.parametrize(
    "failure", [aiohttp.ServerDisconnectedError(), TimeoutError(), ConnectionResetError()]
)
def test_a_post_without_an_answer_is_ambiguous(failure: Exception) -> None:
    assert unreached(POST, failure).ambiguous


def test_a_post_that_never_left_is_not_ambiguous() -> None:
    assert not unreached(POST, aiohttp.ConnectionTimeoutError()).ambiguous


@pytest.mark.parametrize("code", ["message_not_found", "thread_not_found"])
def test_what_people_deleted_is_gone(code: str) -> None:
    assert permanent(code).code == GONE
    assert permanent(code).fault is Fault.DESTINATION


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found"])
def test_a_channel_without_the_bot_is_told_the_fix(code: str) -> None:
    error = permanent(code)
    assert error.fault is Fault.DESTINATION
    assert "/invite @deskhand" in error.words


@pytest.mark.parametrize("code", ["is_archived", "user_disabled", "messages_tab_disabled"])
def test_other_closed_doors_are_the_destinations(code: str) -> None:
    assert permanent(code).fault is Fault.DESTINATION


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
def test_a_dead_token_is_the_credentials_fault(code: str) -> None:
    error = permanent(code)
    assert error.fault is Fault.CREDENTIAL
    assert "bot_token" in error.words


def test_a_missing_scope_is_named() -> None:
    error = permanent("missing_scope", needed="files:write", provided="chat:write")
    assert error.fault is Fault.CREDENTIAL
    assert "files:write" in error.words


def test_refused_blocks_are_the_payloads_fault_with_slacks_own_remarks() -> None:
    error = permanent("invalid_blocks", errors=["no more than 50 items allowed"])
    assert error.fault is Fault.PAYLOAD
    assert error.code == "invalid_blocks"
    assert "no more than 50" in error.words
