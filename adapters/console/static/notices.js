// What only I see: answers to what I did, shown where I did it, until dismissed.

import { cardNode } from "./cards.js";
import { byId, el, icon } from "./dom.js";
import { now } from "./times.js";

/** Show a card in the slot, in place of what was there; `press` runs its actions. */
export function showPrivately(slot, card, { press, refused = false }) {
  const dismiss = el(
    "button",
    {
      type: "button",
      class: "quiet icon",
      "aria-label": "Dismiss",
      title: "Dismiss",
      onclick: () => notice.remove(),
    },
    icon("close"),
  );
  const notice = el(
    "div",
    { class: `private${refused ? " refused" : ""}`, role: "status" },
    el("div", { class: "mine" }, "Only visible to you", dismiss),
    cardNode(card, { press, at: new Date(now()).toISOString(), own: refused }),
  );
  slot.replaceChildren(notice);
  notice.scrollIntoView({ block: "nearest" });
}

/** Show what went wrong, in words. */
export function showTrouble(slot, trouble) {
  const plain = (text) => [{ t: "plain", text }];
  const card = {
    tone: "warning",
    fallback: trouble.message,
    status: plain(trouble.message),
    context: plain(trouble.hint ?? ""),
  };
  showPrivately(slot, card, { press: () => {}, refused: true });
}

/** Say it to people who listen to the page rather than look at it. */
export function announce(text) {
  byId("says").textContent = text;
}
