// "Look at": a view is a command of the table whose answer is drawn large.

import { get } from "./api.js";
import { boot, hasCommand } from "./boot.js";
import { actionButtons, cardNode } from "./cards.js";
import { byId, el } from "./dom.js";
import { press, runQuietly, show } from "./gestures.js";
import { showTrouble } from "./notices.js";
import { showKeys } from "./keys.js";
import { runs } from "./runs.js";
import { now, timeNode } from "./times.js";

const VIEWS = [
  { name: "queue", mark: "≡", title: "Queue", hint: "The open tickets you may see", lines: ["ticket queue"] },
  {
    name: "mine",
    mark: "◆",
    title: "My tickets",
    hint: "What waits for you",
    lines: ["ticket mine", "ticket queue mine"],
  },
  { name: "oncall", mark: "☏", title: "On call", hint: "Who is on call now", lines: ["oncall now"] },
  { name: "report", mark: "▤", title: "Report", hint: "The week in figures", lines: ["ticket report"] },
];
const HOME = { name: "home", mark: "⌂", title: "Home", hint: "What needs you first" };
const HELP = { name: "help", mark: "?", title: "Help", hint: "Commands and keys" };
let shown = null;

/** The views whose command the table has. */
export const knownViews = () => [HOME, ...VIEWS.filter(lineOf), HELP];

/** Show a view in place of a channel; its title and hint are given back. */
export function showView(name) {
  const view = knownViews().find((candidate) => candidate.name === name) ?? HELP;
  shown = view;
  byId("feed").scrollTop = 0;
  if (view === HELP) drawHelp();
  else refresh();
  return view;
}

/** Ask again for the view that is shown. */
export function refresh() {
  return shown === HOME ? drawHome() : drawAnswer(shown, `/${lineOf(shown)}`);
}

/** Show any command's answer as a view. */
export function showAnswer(line) {
  shown = { name: "", title: line, hint: "", lines: [line.slice(1)] };
  drawAnswer(shown, line);
  return shown;
}

function lineOf(view) {
  return view.lines?.find((line) => hasCommand(line.split(" ").slice(0, 2).join(" ")));
}

async function drawAnswer(view, line) {
  const slot = el("div", { class: "slot" });
  const where = { space: "", root: 0, slot };
  const host = el("div", { class: "view", "aria-busy": "true" }, slot);
  byId("feed").replaceChildren(host);
  try {
    const reply = await runQuietly(line, where);
    if (shown !== view) return;
    if (reply.form) return show(reply, where);
    const pressed = (action, button) => press(action, where, button);
    const at = new Date(now()).toISOString();
    if (reply.card) host.prepend(cardNode(reply.card, { press: pressed, at, level: 2 }), asOf());
  } catch (trouble) {
    showTrouble(slot, trouble);
  }
  host.removeAttribute("aria-busy");
}

// What is answered there stays while the shelves are drawn again.
async function drawHome(slot = el("div", { class: "slot" })) {
  const where = { space: "", root: 0, slot };
  const pressed = async (action, button) => {
    await press(action, where, button);
    if (shown === HOME) drawHome(slot);
  };
  try {
    const home = await get("home");
    if (shown !== HOME) return;
    const head = [el("h2", {}, home.title), el("p", {}, runs(home.intro))];
    const shelves = home.shelves.map((shelf) => shelfNode(shelf, pressed));
    const parts = [...head, actionButtons(home.actions, pressed), slot, ...shelves, asOf()];
    byId("feed").replaceChildren(el("div", { class: "view home" }, ...parts));
  } catch (trouble) {
    byId("feed").replaceChildren(slot);
    showTrouble(slot, trouble);
  }
}

const shelfNode = (shelf, pressed) =>
  el(
    "section",
    { class: "shelf", "aria-label": shelf.title },
    el("h3", {}, shelf.title),
    shelf.cards.map((card) =>
      cardNode(card, { press: pressed, at: new Date(now()).toISOString(), level: 4 }),
    ),
    shelf.more ? el("p", { class: "asof" }, shelf.more) : null,
    shelf.empty ? el("p", {}, shelf.empty) : null,
  );

const asOf = () => el("p", { class: "asof" }, "As of ", timeNode(new Date(now()).toISOString()));

function drawHelp() {
  const roots = [...new Set(boot.commands.map((command) => command.name.split(" ")[0]))];
  const groups = roots.flatMap((root) => [
    el("h2", {}, `/${root}`),
    el(
      "dl",
      { class: "keys" },
      boot.commands
        .filter((command) => command.name.split(" ")[0] === root)
        .flatMap((command) => [el("dt", {}, el("code", {}, command.usage)), el("dd", {}, command.help)]),
    ),
  ]);
  byId("feed").replaceChildren(
    el(
      "div",
      { class: "view" },
      el("h2", {}, "Keys"),
      showKeys(),
      el(
        "p",
        { class: "asof" },
        "In a thread the number is implied, and !claim works as well as /ticket claim.",
      ),
      groups,
    ),
  );
}
