// A card as the console draws it. Pure: what a press does is handed in.

import { el } from "./dom.js";
import { menuButton } from "./menu.js";
import { ownWords, runs, words } from "./runs.js";
import { now, whileShown } from "./times.js";

const FOLD_AT = 320;
const EMOJI = /^\p{Extended_Pictographic}/u;

/** A card. `press(action, button)` runs an action; `open()` opens its thread; `at` is when it
 * was drawn; `own` says that its words are the service's, not quoted from outside. */
export function cardNode(card, { press, open = null, at = null, own = false, level = 3 }) {
  const body = [
    title(card, open, level),
    status(card, own ? ownWords : runs),
    ...(card.blocks?.map(block) ?? []),
    fields(card, at),
    files(card),
    actions(card, press),
    context(card, own ? ownWords : runs),
  ];
  const label = [card.number, card.title || card.fallback].filter(Boolean).join(" ");
  return el(
    "article",
    { class: `card tone-${card.tone}${card.ended ? " ended" : ""}`, tabindex: "-1", "aria-label": label },
    body,
  );
}

/** What someone said, as a bubble of a thread; a bare fact is one small line. */
export function bubbleNode(card, { press, time }) {
  const bare = !card.author && !card.blocks?.length && !card.actions?.length && !card.title;
  if (bare) return el("p", { class: `event tone-${card.tone}` }, runs(card.status), " · ", time);
  const via = card.author?.via ? `${card.author.via} · ` : "";
  return el(
    "article",
    { class: `bubble tone-${card.tone}${card.ended ? " ended" : ""}`, "aria-label": card.fallback },
    el(
      "p",
      { class: "who" },
      el("b", { class: "run" }, card.author?.name ?? card.title ?? ""),
      " ",
      el(
        "small",
        {},
        via,
        time,
        card.status?.length ? [" · ", el("span", { class: "state" }, runs(card.status))] : null,
      ),
    ),
    card.author && card.title ? el("b", {}, card.title) : null,
    card.blocks?.map(block),
    fields(card, null),
    files(card),
    actions(card, press),
    context(card),
  );
}

/** The actions of a card, menu included, by verb. */
export function actionOf(card, verb) {
  const all = [...(card.actions ?? []), ...(card.menu ?? [])];
  return all.find((action) => action.id.split(":")[1] === verb);
}

function title(card, open, level) {
  if (!card.title) return null;
  const text = el("span", { class: "words run" }, card.title);
  const parts = [card.number ? el("span", { class: "number" }, card.number, " ") : null, text];
  return el(`h${level}`, {}, open ? el("button", { type: "button", onclick: open }, ...parts) : parts);
}

function status(card, drawn = runs) {
  if (!card.status?.length) return null;
  const dot = EMOJI.test(words(card.status)) || !card.title ? null : el("i", { class: "dot" });
  return el("p", { class: "status" }, dot, drawn(card.status));
}

function block(block) {
  if (block.bars) return bars(block.bars);
  if (block.kind === "code") return el("pre", { class: "code" }, runs(block.runs));
  const node = el(
    block.kind === "quote" ? "blockquote" : "p",
    { class: block.kind, dir: "auto" },
    runs(block.runs),
  );
  const text = words(block.runs);
  const long = text.length > FOLD_AT || text.split("\n").length > 5;
  return block.kind === "quote" && long ? foldable(node) : node;
}

function foldable(node) {
  node.classList.add("folded");
  const more = el("button", { type: "button", class: "unfold", "aria-expanded": "false" }, "Show all");
  more.addEventListener("click", () => {
    const folded = node.classList.toggle("folded");
    more.textContent = folded ? "Show all" : "Show less";
    more.setAttribute("aria-expanded", String(!folded));
  });
  return el("div", {}, node, more);
}

// The first figure of each is drawn; all of them are written.
function bars(rows) {
  const most = Math.max(1, ...rows.map((row) => row.figures[0][1]));
  const cells = rows.flatMap((row) => {
    const bar = el("i", { "aria-hidden": "true" });
    bar.style.transform = `scaleX(${Math.max(0, row.figures[0][1]) / most})`;
    const written = row.figures.map(([name, count]) => `${count} ${name}`.trim()).join(", ");
    return [el("span", {}, row.label), bar, el("b", {}, written)];
  });
  return el("div", { class: "bars" }, cells);
}

function fields(card, at) {
  if (!card.fields?.length) return null;
  const drawn = card.fields.map((field) =>
    el(
      "div",
      {},
      el("dt", {}, runs([{ t: "plain", text: field.label }])),
      el("dd", {}, runs(field.value), field.progress === undefined ? null : clock(field, at)),
    ),
  );
  return el("dl", { class: "fields" }, drawn);
}

// The bar goes on where the service drew it: from there in a straight line to the instant it names.
function clock(field, at) {
  const due = field.value.find((run) => run.t === "when");
  const [from, end] = [at ? Date.parse(at) : now(), due ? Date.parse(due.at) : 0];
  const bar = el("i");
  const node = el(
    "div",
    {
      class: "clock",
      role: "meter",
      "aria-label": field.label,
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
    bar,
  );
  whileShown(node, () => {
    const gone = end > from ? Math.min(1, Math.max(0, (now() - from) / (end - from))) : 0;
    const used = Math.min(1, field.progress + (1 - field.progress) * gone);
    bar.style.transform = `scaleX(${used})`;
    node.setAttribute("aria-valuenow", String(Math.round(used * 100)));
    node.classList.toggle("late", used >= 0.75 && used < 1);
    node.classList.toggle("over", used >= 1);
  });
  return node;
}

function files(card) {
  if (!card.files?.length) return null;
  const drawn = card.files.map((file) =>
    el(
      "a",
      { href: `files/${file.id}`, download: true },
      el("span", { class: "run" }, file.name),
      el("small", {}, size(file.size)),
    ),
  );
  return el("div", { class: "files" }, drawn);
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function actions(card, press) {
  if (!card.actions?.length && !card.menu?.length) return null;
  return actionButtons(card.actions ?? [], press, card.menu?.length ? menuButton(card.menu, press) : null);
}

/** A row of buttons; `more` comes behind them. */
export function actionButtons(wanted, press, more = null) {
  const buttons = wanted.map((action) => {
    const button = el(
      "button",
      { type: "button", class: `button ${weight(action)}`, data: { action: action.id } },
      action.label,
    );
    button.addEventListener("click", () => press(action, button));
    return button;
  });
  return el("div", { class: "actions" }, buttons, more);
}

function weight(action) {
  if (action.style === "primary") return action.id.startsWith("dk1:claim:") ? "go" : "primary";
  return action.style === "danger" ? "danger" : "";
}

function context(card, drawn = runs) {
  return card.context?.length ? el("p", { class: "context" }, drawn(card.context)) : null;
}
