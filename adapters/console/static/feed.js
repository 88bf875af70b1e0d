// A channel: its cards, oldest first, each with the way into its thread.

import { get } from "./api.js";
import { boot, channelOf } from "./boot.js";
import { actionOf, cardNode } from "./cards.js";
import { byId, el } from "./dom.js";
import { on } from "./events.js";
import { press } from "./gestures.js";
import { announce, showTrouble } from "./notices.js";
import { go, place, threadAddress } from "./route.js";
import { answer } from "./thread.js";
import { dayName, timeNode } from "./times.js";

const NEAR = 120;
const STEP = 50;
const MOST = 200;
let shown = null;

/** Show a channel's newest lines. */
export async function showFeed(space, { limit = STEP, keep = false } = {}) {
  if (shown?.space === space && !keep) return;
  // What the stream tells while the channel is being loaded waits in `early`.
  const channel = { space, limit, lines: new Map(), early: [], slot: el("div", { class: "slot" }) };
  shown = channel;
  byId("feed").setAttribute("aria-busy", "true");
  try {
    const { lines, more } = await get("feed", { space, limit });
    if (shown === channel) draw(channel, lines, more);
    const early = channel.early;
    channel.early = null;
    early.forEach(heard);
  } catch (trouble) {
    byId("feed").replaceChildren(channel.slot);
    showTrouble(channel.slot, trouble);
  }
  byId("feed").setAttribute("aria-busy", "false");
}

/** No channel is shown any more: a view took the place. */
export const leaveFeed = () => {
  shown = null;
};

/** A new place for a private answer, at the end of the channel. */
export function endSlot() {
  const slot = el("div", { class: "slot" });
  byId("feed").append(el("div", { class: "line" }, avatar(), el("div", {}, slot)));
  queueMicrotask(() => {
    byId("feed").scrollTop = byId("feed").scrollHeight;
  });
  return slot;
}

/** Move the choice by one card, down or up. */
export function move(step) {
  const all = [...byId("feed").querySelectorAll(".line[data-id]")];
  if (!all.length) return;
  const at = all.indexOf(byId("feed").querySelector(".line.chosen"));
  const next = at < 0 ? all.length - 1 : Math.min(all.length - 1, Math.max(0, at + step));
  choose(all[next]);
}

// The chosen line, or the one whose thread is open.
function chosenLine() {
  const id = Number(byId("feed").querySelector(".line.chosen")?.dataset.id) || place().root;
  return shown?.lines.get(id)?.line ?? null;
}

/** Run the chosen card's action of this verb, or answer in its thread. */
export function act(verb) {
  const line = chosenLine();
  if (!line) return;
  if (verb === "reply" || verb === "note") answer(line.space, line.id, verb === "reply" ? "mail" : "note");
  else if (verb === "open") go(addressOf(line));
  else shown.lines.get(line.id).node.querySelector(`[data-action^="dk1:${verb}:"]`)?.click();
}

function choose(node) {
  for (const other of byId("feed").querySelectorAll(".line.chosen")) other.classList.remove("chosen");
  node.classList.add("chosen");
  node.querySelector(".card").focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest" });
}

function draw(channel, lines, more) {
  const feed = byId("feed");
  feed.replaceChildren();
  if (more && channel.limit < MOST) feed.append(olderButton(channel));
  if (!lines.length) feed.append(emptyNote(channel.space));
  for (const line of lines) append(channel, line);
  feed.append(channel.slot);
  feed.scrollTop = feed.scrollHeight;
  byId("fresh").hidden = true;
}

function olderButton(channel) {
  const older = () => showFeed(channel.space, { limit: channel.limit * 2, keep: true });
  return el("button", { type: "button", class: "button older", onclick: older }, "Show older");
}

function emptyNote(space) {
  return el(
    "div",
    { class: "empty" },
    el("b", {}, "Nothing here yet"),
    el("p", {}, channelOf(space)?.hint ?? ""),
  );
}

function append(channel, line) {
  const day = dayName(line.at);
  const parts = [];
  if (channel.day !== day) parts.push(el("h2", { class: "day" }, day));
  channel.day = day;
  const entry = { line, slot: el("div", { class: "slot" }), node: null };
  channel.lines.set(line.id, entry);
  const body = el("div", {});
  entry.node = el("div", { class: "line", data: { id: String(line.id) } }, avatar(), body);
  entry.body = body;
  fillLine(channel, entry);
  parts.push(entry.node);
  insert(channel, parts);
  return entry;
}

function insert(channel, parts) {
  const feed = byId("feed");
  feed.querySelector(":scope > .empty")?.remove();
  if (channel.slot.parentNode === feed) for (const part of parts) feed.insertBefore(part, channel.slot);
  else feed.append(...parts);
}

function fillLine(channel, entry) {
  const { line } = entry;
  const where = { space: line.space, root: line.id, slot: entry.slot };
  const open = () => go(addressOf(line));
  const pressed = (action, button) => {
    const verb = action.id.split(":")[1];
    if (["reply", "note"].includes(verb)) answer(line.space, line.id, verb === "reply" ? "mail" : "note");
    else press(action, where, button);
  };
  const card = cardNode(line.card, { press: pressed, open, at: line.edited_at ?? line.at });
  entry.body.replaceChildren(who(line), card, entry.slot, threadLink(line, open) ?? "");
}

// A work item's own card has a menu; a confidential one's stands among its reader's direct messages.
const isOwnCard = (line) => Boolean(line.card.menu?.length);
const isPage = (line) => line.space.startsWith("@") && !isOwnCard(line);

// A page, or a notice about a work item, leads to where the item is talked about.
function addressOf(line) {
  const { number } = line.card;
  if (!number || (isOwnCard(line) && line.space.startsWith("@"))) return threadAddress(line.space, line.id);
  if (isPage(line)) return `#${number}`;
  const same = [...shown.lines.values()]
    .map((entry) => entry.line)
    .filter((other) => other.card.number === number);
  const most = Math.max(...same.map((other) => other.replies.count));
  return threadAddress(line.space, same.find((other) => other.replies.count === most).id);
}

function who(line) {
  const name = line.card.author?.name ?? boot.service;
  const app = line.card.author ? null : el("span", { class: "app" }, "APP");
  const edited = line.edited_at ? [" · edited ", timeNode(line.edited_at)] : [];
  return el("div", { class: "who" }, el("b", {}, name), app, el("small", {}, timeNode(line.at), edited));
}

function threadLink(line, open) {
  const { count = 0, last_at: lastAt = null } = line.replies ?? {};
  if (!count && !actionOf(line.card, "note") && !line.card.number) return null;
  const label = isPage(line)
    ? `Open ${line.card.number}`
    : count
      ? `${count} in the thread`
      : "Open the thread";
  const last = lastAt ? el("small", {}, " · last ", timeNode(lastAt, true)) : null;
  return el("button", { type: "button", class: "thread-link", onclick: open }, label, last);
}

const avatar = () =>
  el("span", { class: "avatar", "aria-hidden": "true" }, el("img", { src: "static/icon.svg", alt: "" }));

function update(entry, line) {
  if (line.revision <= entry.line.revision) return;
  const chosen = entry.node.contains(document.activeElement);
  entry.line = { ...line, replies: entry.line.replies };
  fillLine(shown, entry);
  if (chosen) entry.node.querySelector(".card").focus({ preventScroll: true });
}

function arrived(line) {
  const feed = byId("feed");
  const near = feed.scrollHeight - feed.scrollTop - feed.clientHeight < NEAR;
  const entry = append(shown, { ...line, replies: { count: 0, last_at: null } });
  entry.node.classList.add("arrived");
  announce(line.card.fallback);
  if (near) feed.scrollTop = feed.scrollHeight;
  else byId("fresh").hidden = false;
}

function replied(entry, line) {
  const { count, last_at: lastAt } = entry.line.replies;
  // The stream may tell again what the channel was already loaded with.
  if (lastAt && Date.parse(line.at) <= Date.parse(lastAt)) return;
  entry.line.replies = { count: count + 1, last_at: line.at };
  fillLine(shown, entry);
}

on("line", heard);

function heard(line) {
  if (line.space !== shown?.space) return;
  if (shown.early) return void shown.early.push(line);
  const entry = shown.lines.get(line.thread || line.id);
  if (line.thread && entry && !line.edited_at) replied(entry, line);
  else if (!line.thread && entry) update(entry, line);
  else if (!line.thread) arrived(line);
}

on("reset", () => {
  if (shown) showFeed(shown.space, { keep: true });
});

byId("fresh").addEventListener("click", () => {
  byId("feed").scrollTop = byId("feed").scrollHeight;
  byId("fresh").hidden = true;
});

byId("feed").addEventListener(
  "scroll",
  () => {
    const feed = byId("feed");
    if (feed.scrollHeight - feed.scrollTop - feed.clientHeight < NEAR) byId("fresh").hidden = true;
  },
  { passive: true },
);
