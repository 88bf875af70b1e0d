// A direct message that arrives while I look elsewhere: a page must not wait to be found.

import { el, icon } from "./dom.js";
import { on } from "./events.js";
import { channelAddress, onPlace, place } from "./route.js";

let shown = null;

/** Begin to watch. */
export function startCalls() {
  on("line", (line) => {
    if (!line.space.startsWith("@")) return;
    if (shown?.id === line.id) hide();
    if (!line.edited_at && !line.thread && place().space !== line.space) call(line);
  });
  onPlace(({ space }) => {
    if (space?.startsWith("@")) hide();
  });
}

function call(line) {
  hide();
  const dismiss = el(
    "button",
    { type: "button", class: "quiet icon", "aria-label": "Dismiss", onclick: hide },
    icon("close"),
  );
  const node = el(
    "div",
    { class: "called", role: "alert" },
    el("a", { href: channelAddress(line.space) }, line.card.fallback),
    dismiss,
  );
  document.body.append(node);
  shown = { id: line.id, node };
}

function hide() {
  shown?.node.remove();
  shown = null;
}
