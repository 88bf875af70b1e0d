// The line at the bottom: slash commands with proposals, completion by Tab, history by the arrow keys.

import { get } from "./api.js";
import { boot, channelOf, hasCommand } from "./boot.js";
import { byId, el } from "./dom.js";
import { endSlot } from "./feed.js";
import { runLine } from "./gestures.js";
import { place } from "./route.js";

const PAUSE = 90;
const TIPS = ["ticket queue", "incident declare", "oncall now", "ticket report"];
const state = { proposals: [], at: -1, asked: 0, timer: 0, history: [], back: 0 };
let input;
let list;

/** Draw it. */
export function startComposer() {
  input = el("input", {
    id: "line",
    type: "text",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "proposals",
    "aria-autocomplete": "list",
    "aria-label": "Command",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: 8000,
  });
  list = el("ul", {
    class: "suggest",
    id: "proposals",
    role: "listbox",
    "aria-label": "Proposals",
    hidden: true,
  });
  const tips = TIPS.filter(hasCommand).flatMap((name, index) => [
    index ? " · " : "",
    el("button", { type: "button", onclick: () => fill(`/${name}`) }, `/${name}`),
  ]);
  byId("composer").replaceChildren(
    list,
    el("div", { class: "box" }, input),
    el("p", { class: "tips" }, "Try ", tips, " · Tab completes · ↑ history"),
  );
  byId("composer").addEventListener("submit", submit);
  input.addEventListener("input", () => {
    state.back = 0;
    schedule();
  });
  input.addEventListener("keydown", keyed);
  input.addEventListener("blur", () => setTimeout(hide, 120));
  state.history = JSON.parse(sessionStorage.getItem(historyName()) ?? "[]");
}

/** Say for which channel the line is. */
export function aim(space) {
  const channel = channelOf(space);
  const name = channel ? (channel.kind === "direct" ? channel.title : `#${channel.title}`) : "";
  input.placeholder = name ? `Type / for a command in ${name}` : "Type / for a command";
}

const historyName = () => `deskhand.lines.${boot.me.key}`;

function fill(text) {
  input.value = text;
  input.focus();
  schedule();
}

async function submit(event) {
  event.preventDefault();
  const line = input.value.trim();
  if (!line) return;
  remember(line);
  input.value = "";
  hide();
  const { space = "" } = place();
  const reply = await runLine(line, { space, root: 0, slot: endSlot() });
  if (reply === null && !input.value) input.value = line;
}

function remember(line) {
  state.history = [...state.history.filter((old) => old !== line), line].slice(-50);
  state.back = 0;
  sessionStorage.setItem(historyName(), JSON.stringify(state.history));
}

function keyed(event) {
  const open = !list.hidden;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    if (open && !state.back) select(state.at + step);
    else recall(-step);
  } else if (event.key === "Tab" && open && !event.shiftKey) {
    event.preventDefault();
    accept(Math.max(0, state.at));
  } else if (event.key === "Enter" && open && state.at >= 0) {
    event.preventDefault();
    accept(state.at);
  } else if (event.key === "Escape" && open) {
    event.preventDefault();
    hide();
  }
}

function recall(step) {
  const back = Math.min(state.history.length, Math.max(0, state.back + step));
  if (back === state.back) return;
  state.back = back;
  input.value = back ? state.history[state.history.length - back] : "";
  hide();
}

function schedule() {
  clearTimeout(state.timer);
  if (!input.value.startsWith("/")) return hide();
  state.timer = setTimeout(ask, PAUSE);
}

async function ask() {
  const line = input.value;
  const asked = ++state.asked;
  const { root } = place();
  const query = root ? { line, root } : { line };
  const { completions } = await get("complete", query).catch(() => ({ completions: [] }));
  if (asked !== state.asked || line !== input.value || document.activeElement !== input) return;
  draw(completions);
}

function draw(proposals) {
  state.proposals = proposals;
  state.at = -1;
  list.replaceChildren(
    ...proposals.map((proposal, index) =>
      el(
        "li",
        {
          id: `proposal-${index}`,
          role: "option",
          "aria-selected": "false",
          onpointerdown: (event) => {
            event.preventDefault();
            accept(index);
          },
        },
        el("code", {}, proposal.label),
        el("span", {}, proposal.help),
      ),
    ),
  );
  list.hidden = !proposals.length;
  input.setAttribute("aria-expanded", String(!list.hidden));
  input.removeAttribute("aria-activedescendant");
}

function select(at) {
  const count = state.proposals.length;
  state.at = (at + count) % count;
  for (const [index, item] of [...list.children].entries())
    item.setAttribute("aria-selected", String(index === state.at));
  input.setAttribute("aria-activedescendant", `proposal-${state.at}`);
  list.children[state.at].scrollIntoView({ block: "nearest" });
}

function accept(at) {
  const proposal = state.proposals[at];
  if (!proposal) return;
  input.value = proposal.line.endsWith(" ") ? proposal.line : `${proposal.line} `;
  hide();
  input.focus();
  schedule();
}

function hide() {
  clearTimeout(state.timer);
  state.asked += 1;
  state.at = -1;
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}
