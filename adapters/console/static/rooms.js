// The left side: channels, direct messages, the outside world of a demonstration, and views.

import { boot } from "./boot.js";
import { byId, el } from "./dom.js";
import { on } from "./events.js";
import { fireAlert, unreadMail } from "./mailbox.js";
import { channelAddress, onPlace, place, viewAddress } from "./route.js";
import { onUnread, unreadCount, unreadIn } from "./unread.js";
import { knownViews } from "./views.js";

/** Draw it, now and whenever a count or the place changes. */
export function startRooms() {
  onUnread(draw);
  onPlace(draw);
  on("facts", draw);
  draw();
}

function draw() {
  const shared = boot.channels.filter((channel) => channel.kind !== "direct");
  const direct = boot.channels.filter((channel) => channel.kind === "direct");
  byId("rooms").replaceChildren(
    ...group(
      "Channels",
      shared.map((channel) => room(channel, "#")),
    ),
    ...group(
      "Direct",
      direct.map((channel) => room(channel, "@")),
    ),
    ...(boot.demo ? group("Outside world", outside()) : []),
    ...group(
      "Look at",
      knownViews().map((view) =>
        entry(viewAddress(view.name), view.mark, view.title, 0, place().view === view.name),
      ),
    ),
  );
  const count = unreadCount();
  document.title = `${count ? `(${count}) ` : ""}${boot.service}`;
}

const group = (title, entries) =>
  entries.length
    ? [
        el("h2", {}, title),
        el(
          "ul",
          {},
          entries.map((node) => el("li", {}, node)),
        ),
      ]
    : [];

const room = (channel, mark) =>
  entry(
    channelAddress(channel.space),
    mark,
    channel.title,
    unreadIn(channel.space),
    place().space === channel.space,
  );

function entry(href, mark, name, count, here) {
  return el(
    "a",
    { href, class: count ? "unread" : "", "aria-current": here ? "page" : null },
    el("span", { class: "mark", "aria-hidden": "true" }, mark),
    el("span", { class: "name" }, name),
    count ? el("span", { class: "count", "aria-label": `${count} unread` }, String(count)) : null,
  );
}

function outside() {
  const mailbox = entry(
    viewAddress("mailbox"),
    "✉",
    "Customer mailbox",
    unreadMail(),
    place().view === "mailbox",
  );
  const alert = el(
    "button",
    { type: "button", onclick: fireAlert },
    el("span", { class: "mark", "aria-hidden": "true" }, "⚡"),
    el("span", { class: "name" }, "Fire an alert"),
  );
  return [mailbox, alert];
}
