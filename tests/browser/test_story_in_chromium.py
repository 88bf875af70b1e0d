"""The main job, done by hand in a real browser against the real service."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.demo.stage import Stage, open_stage
from bot.demo.world import MARIA

playwright = pytest.importorskip("playwright.async_api", reason="the extra [browser]")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

# A busy machine may be slow; what is awaited either comes or never does.
PATIENCE = 20_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage("127.0.0.1:0", "127.0.0.1:0") as stage:
        yield stage


@pytest.fixture
async def page(stage: Stage) -> AsyncIterator[Any]:
    """A page signed in as the agent; it fails the test when it logs an error."""
    complaints: list[str] = []
    async with playwright.async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(stage.console_url)
        yield page
        if directory := os.environ.get("DESKHAND_SCREENSHOTS"):
            await page.screenshot(path=f"{directory}/story.png")
        await browser.close()
    assert complaints == []


async def test_mail_claim_reply_and_answer(stage: Stage, page: Any) -> None:
    await stage.outside.send(MARIA)
    await page.get_by_role("button", name="Claim").click()
    await page.get_by_text(re.compile(r"^\d+ in the thread")).click()
    thread = page.locator("#thread")
    await playwright.expect(thread.get_by_text("Ana Berger", exact=True)).to_be_visible(
        timeout=PATIENCE
    )
    await thread.get_by_role("button", name="Reply by email").click()
    await thread.locator("textarea").fill("It is fixed; corrected invoices leave today.")
    await thread.get_by_role("button", name=re.compile("^Send")).click()
    await playwright.expect(thread.get_by_text("⏳ sending to maria@acme.example")).to_be_visible(
        timeout=PATIENCE
    )
    await page.get_by_role("button", name="+10 min").click()
    await playwright.expect(thread.get_by_text("✅ sent to maria@acme.example")).to_be_visible(
        timeout=PATIENCE
    )
    await page.get_by_text("Customer mailbox").click()
    await playwright.expect(page.get_by_text("It is fixed; corrected invoices")).to_be_visible(
        timeout=PATIENCE
    )


async def test_a_fired_alert_is_acknowledged(stage: Stage, page: Any) -> None:
    await stage.outside.fire("HighErrorRate")
    await page.get_by_role("link", name=re.compile("incidents")).click()
    await page.get_by_label("Acting as").select_option("ben")
    await page.get_by_role("button", name="Acknowledge").click()
    await playwright.expect(page.get_by_text("acknowledged by")).to_be_visible(timeout=PATIENCE)


async def test_a_note_appears_in_its_thread_and_home_shows_what_is_free(
    stage: Stage, page: Any
) -> None:
    await stage.outside.send(MARIA)
    await page.get_by_text(re.compile(r"^\d+ in the thread")).click()
    thread = page.locator("#thread")
    await thread.locator("textarea").fill("Looks like DNS")
    await thread.get_by_role("button", name="Add note").click()
    await playwright.expect(thread.locator("article", has_text="Looks like DNS")).to_be_visible(
        timeout=PATIENCE
    )
    await page.get_by_role("link", name="Home").click()
    free = page.get_by_role("region", name=re.compile("^Unclaimed"))
    await free.get_by_role("button", name="Claim").first.click()
    needs = page.get_by_role("region", name=re.compile("^Needs you"))
    await playwright.expect(needs.get_by_role("button", name="Open").first).to_be_visible(
        timeout=PATIENCE
    )
