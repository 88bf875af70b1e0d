// Time by the reader's own clock, plus what a demonstration's clock was pushed; relative times tick here.

import { el } from "./dom.js";

let ahead = 0;
const ticking = new Set();

/** The present instant, in milliseconds. */
export const now = () => Date.now() + ahead;

/** Say how far the demonstration's clock was pushed, in seconds. */
export function setAhead(seconds) {
  ahead = seconds * 1000;
  tick();
}

/** An instant as `16:20` (with the day when it is not today), or as `in 42 min`. */
export function timeNode(at, relative = false) {
  const instant = new Date(at);
  const node = el("time", { datetime: at, title: instant.toLocaleString() });
  whileShown(node, () => {
    node.textContent = relative ? fromNow(instant) : clockTime(instant);
  });
  return node;
}

/** Call `draw` now and once a second, for as long as the node is on the page. */
export function whileShown(node, draw) {
  draw();
  ticking.add({ node, draw, born: Date.now() });
}

/** `Today`, `Yesterday`, or the date. */
export function dayName(at) {
  const days = Math.round((midnight(now()) - midnight(new Date(at))) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return new Date(at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

function fromNow(instant) {
  const seconds = Math.round((instant - now()) / 1000);
  if (seconds > -45 && seconds < 1) return "just now";
  const length = rounded(Math.abs(seconds));
  return seconds > 0 ? `in ${length}` : `${length} ago`;
}

/** A length of time, such as `1 h 10 min`. */
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours ? `${hours} h` : "", rest || !hours ? `${rest} min` : ""].filter(Boolean).join(" ");
}

function rounded(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

function clockTime(instant) {
  const time = instant.toLocaleTimeString([], { timeStyle: "short" });
  const days = (midnight(instant) - midnight(now())) / 86_400_000;
  if (Math.abs(days) < 0.5) return time;
  const near = Math.abs(days) < 6.5 ? { weekday: "short" } : { day: "numeric", month: "short" };
  return `${instant.toLocaleDateString([], near)} ${time}`;
}

function midnight(at) {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day;
}

function tick() {
  for (const entry of ticking) {
    if (entry.node.isConnected) entry.draw();
    // A node is made before it is put on the page; one that never was, or was taken away, is let go.
    else if (Date.now() - entry.born > 5000) ticking.delete(entry);
  }
}

setInterval(tick, 1000);
