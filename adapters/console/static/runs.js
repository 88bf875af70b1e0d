// Runs of text as nodes: plain words, instants, people, links of our own making.

import { boot } from "./boot.js";
import { el } from "./dom.js";
import { timeNode } from "./times.js";

const NUMBER = /\b[A-Z][A-Z0-9]{1,9}-\d{1,9}\b/g;

/** The runs, ready to be put into an element. */
export const runs = (list = []) => list.flatMap((run) => DRAW[run.t]?.(run) ?? []);

/** The service's own words, in which backticks set off what to type. */
export const ownWords = (list = []) => list.flatMap((run) => (run.t === "plain" ? ticked(run) : runs([run])));

const ticked = (run) =>
  run.text
    .split("`")
    .flatMap((text, index) => (text ? plain({ ...run, text, code: run.code || index % 2 === 1 }) : []));

/** The runs as one string. */
export const words = (list = []) => list.map((run) => run.text ?? run.name ?? "").join("");

const DRAW = {
  plain: (run) => [plain(run)],
  when: (run) => [timeNode(run.at, run.relative)],
  who: (run) => [who(run)],
  link: (run) => [link(run.text, run.url)],
};

function plain(run) {
  const tag = run.code ? "code" : run.bold ? "b" : "span";
  return el(tag, { class: run.dim ? "run dim" : "run" }, withNumbers(run.text));
}

// `SUP-42` in any text leads to that work item, if the number can be one of ours.
function withNumbers(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(NUMBER)) {
    if (!ours(match[0])) continue;
    parts.push(text.slice(end, match.index), el("a", { href: `#${match[0]}` }, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

function ours(number) {
  const prefix = number.slice(0, number.indexOf("-"));
  return prefix === "INC" || boot.desks.some((desk) => desk.prefix === prefix);
}

function who(run) {
  const me = run.key === boot.me.key ? " me" : "";
  if (run.mention) return el("span", { class: `run mention${me}` }, `@${run.name}`);
  return el("span", { class: "run person" }, run.name);
}

function link(text, url) {
  const safe = /^(https?:\/\/|\/(?!\/)|#)/.test(url);
  if (!safe) return el("span", { class: "run" }, text);
  const away = /^https?:/.test(url) && new URL(url).origin !== location.origin;
  return el(
    "a",
    { class: "run", href: url, target: away ? "_blank" : null, rel: away ? "noopener noreferrer" : null },
    text,
  );
}
