// What the keyboard does, as a list to read.

import { el } from "./dom.js";

const KEYS = [
  [["j", "k"], "next and previous card"],
  [["Enter"], "open the thread of the card"],
  [["c"], "claim it"],
  [["r"], "reply to the customer"],
  [["n"], "write an internal note"],
  [["/"], "type a command"],
  [["Esc"], "leave a field, close the thread"],
  [["?"], "this page"],
];

/** The keys as a definition list. */
export function showKeys() {
  const rows = KEYS.flatMap(([keys, does]) => [
    el("dt", {}, keys.map((key, index) => [index ? " " : null, el("kbd", {}, key)]).flat()),
    el("dd", {}, does),
  ]);
  return el("dl", { class: "keys" }, rows);
}
