// Keys that work anywhere but in a field.

import { byId } from "./dom.js";
import { act, move } from "./feed.js";
import { channelAddress, go, place, viewAddress } from "./route.js";

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  c: () => act("claim"),
  r: () => act("reply"),
  n: () => act("note"),
  "/": () => byId("line")?.focus(),
  "?": () => go(viewAddress("help")),
};

/** Begin to listen. */
export function startKeyboard() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return leave();
    if (event.key === "Enter" && document.activeElement?.matches(".line .card")) return act("open");
    if (document.activeElement?.matches("input, textarea, select") || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}

function leave() {
  const here = place();
  if (document.body.classList.contains("menu-open")) document.body.classList.remove("menu-open");
  else if (document.activeElement?.matches("input, textarea, select")) document.activeElement.blur();
  else if (here.root) go(channelAddress(here.space));
}
