// Which lines of which channel were not read yet. Kept in this browser, for each person.

import { boot } from "./boot.js";
import { on } from "./events.js";
import { place } from "./route.js";

const followers = [];
let read = {};
let known = new Map();

/** Call `follow()` when a count changes. */
export const onUnread = (follow) => followers.push(follow);

/** Begin with what the page learned when it opened; a channel never seen before counts as read. */
export function start() {
  read = stored();
  known = new Map(boot.channels.map((channel) => [channel.space, new Set(channel.recent)]));
  for (const [space, ids] of known) read[space] ??= space.startsWith("@") ? 0 : Math.max(0, ...ids);
  keep();
}

/** How many lines of the channel were not read. */
export const unreadIn = (space) =>
  [...(known.get(space) ?? [])].filter((id) => id > (read[space] ?? 0)).length;

/** All unread lines together. */
export const unreadCount = () => [...known.keys()].reduce((sum, space) => sum + unreadIn(space), 0);

/** The channel is being looked at. */
export function markRead(space) {
  const ids = known.get(space);
  if (!ids || document.visibilityState !== "visible") return;
  read[space] = Math.max(read[space] ?? 0, ...ids);
  keep();
}

on("line", (line) => {
  if (line.thread) return;
  known.set(line.space, (known.get(line.space) ?? new Set()).add(line.id));
  if (place().space === line.space) markRead(line.space);
  tell();
});

document.addEventListener("visibilitychange", () => markRead(place().space));

function keep() {
  try {
    localStorage.setItem(`deskhand.read.${boot.me.key}`, JSON.stringify(read));
  } catch {
    /* private windows may refuse; counts then start anew */
  }
  tell();
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(`deskhand.read.${boot.me.key}`)) ?? {};
  } catch {
    return {};
  }
}

function tell() {
  for (const follow of followers) follow();
}
