// The thread on the right: its work item, what was said, and the box to answer.

import { get } from "./api.js";
import { hasCommand } from "./boot.js";
import { bubbleNode, cardNode } from "./cards.js";
import { byId, el, icon } from "./dom.js";
import { on } from "./events.js";
import { detailLines, press, runQuietly } from "./gestures.js";
import { showTrouble } from "./notices.js";
import { ReplyBox } from "./replybox.js";
import { channelAddress, go, place, threadAddress } from "./route.js";
import { now, timeNode } from "./times.js";

const NEAR = 80;
let open = null;

/** Show the thread of this root, or the empty panel for root 0. */
export async function showThread(space, root) {
  if (open?.root === root) return;
  open = null;
  document.body.classList.toggle("in-thread", root > 0);
  if (!root) return drawEmpty();
  const thread = build(space, root);
  open = thread;
  byId("thread").replaceChildren(thread.head);
  await fill(thread);
}

/** Open the thread and its box, for a `note` or a `mail`. */
export async function answer(space, root, mode) {
  if (open?.root !== root) {
    go(threadAddress(space, root));
    await open?.filled;
  }
  openTab(open, "talk");
  await open?.box?.turn(mode);
}

function build(space, root) {
  // What the stream tells while the thread is being loaded waits in `early`.
  const thread = { space, root, card: null, bubbles: new Map(), tab: "talk", early: [] };
  thread.slot = el("div", { class: "slot" });
  thread.where = { space, root, slot: thread.slot };
  thread.press = (action, button) => pressed(thread, action, button);
  thread.rootBox = el("div", { class: "root" });
  thread.talk = el("div", { class: "talk", tabindex: "-1", role: "log", "aria-label": "Thread" });
  thread.panel = el("div", { class: "talk", tabindex: "0", hidden: true });
  thread.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "About this work item" });
  const leave = () => go(channelAddress(space));
  thread.head = el(
    "header",
    { class: "head" },
    el(
      "button",
      { type: "button", class: "quiet icon back", "aria-label": "Back to the channel", onclick: leave },
      icon("back"),
    ),
    thread.tabs,
    el(
      "button",
      {
        type: "button",
        class: "quiet icon close",
        "aria-label": "Close the thread",
        title: "Close",
        onclick: leave,
      },
      icon("close"),
    ),
  );
  return thread;
}

async function fill(thread) {
  let ready;
  thread.filled = new Promise((resolve) => {
    ready = resolve;
  });
  try {
    const { lines } = await get("thread", { root: thread.root });
    if (open !== thread) return;
    byId("thread").replaceChildren(thread.head, thread.rootBox, thread.talk, thread.panel);
    thread.talk.append(thread.slot);
    drawRoot(thread, lines[0]);
    drawTabs(thread);
    for (const line of lines.slice(1)) put(thread, line);
    thread.box = new ReplyBox(thread.where, thread.card);
    byId("thread").append(thread.box.node);
    thread.talk.scrollTop = thread.talk.scrollHeight;
    const early = thread.early;
    thread.early = null;
    early.forEach(heard);
  } catch (trouble) {
    byId("thread").append(thread.slot);
    showTrouble(thread.slot, trouble);
  } finally {
    ready();
  }
}

function drawRoot(thread, line) {
  thread.card = line.card;
  thread.rootBox.replaceChildren(
    cardNode(withoutAnswers(line.card), { press: thread.press, at: line.edited_at ?? line.at }),
  );
  thread.box?.update(line.card);
}

// The box below answers; its buttons need not stand on the card as well.
const withoutAnswers = (card) => ({
  ...card,
  actions: card.actions?.filter((action) => !["reply", "note"].includes(verbOf(action))),
});

const verbOf = (action) => action.id.split(":")[1];

function put(thread, line) {
  const node = bubbleNode(line.card, { press: thread.press, time: timeNode(line.at) });
  const old = thread.bubbles.get(line.id);
  thread.bubbles.set(line.id, node);
  if (old) return old.replaceWith(node);
  const { talk, slot } = thread;
  const near = talk.scrollHeight - talk.scrollTop - talk.clientHeight < NEAR;
  talk.insertBefore(node, slot);
  if (near) talk.scrollTop = talk.scrollHeight;
  return node;
}

function pressed(thread, action, button) {
  const verb = verbOf(action);
  if (verb === "reply" || verb === "note")
    answer(thread.space, thread.root, verb === "reply" ? "mail" : "note");
  else press(action, thread.where, button);
}

function drawTabs(thread) {
  const number = thread.card.number;
  const details = number ? detailLines(number) : {};
  const known = Object.entries(details).filter(([, [command]]) => hasCommand(command));
  const names = { talk: number ? `Thread ${number}` : "Thread", sla: "SLA", history: "History" };
  const tabs = ["talk", ...known.map(([name]) => name)].map((name) =>
    el(
      "button",
      {
        type: "button",
        role: "tab",
        data: { tab: name },
        "aria-selected": String(name === "talk"),
        onclick: () => openTab(thread, name),
      },
      names[name],
    ),
  );
  thread.tabs.replaceChildren(...tabs);
}

function openTab(thread, name) {
  if (!thread || thread.tab === name) return;
  thread.tab = name;
  for (const tab of thread.tabs.children) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  const talking = name === "talk";
  thread.talk.hidden = !talking;
  thread.panel.hidden = talking;
  if (thread.box) thread.box.node.hidden = !talking;
  if (!talking) showDetail(thread, name);
}

async function showDetail(thread, name) {
  const where = { ...thread.where, slot: el("div", { class: "slot" }) };
  const [, line] = detailLines(thread.card.number)[name];
  try {
    const { card } = await runQuietly(line, where);
    if (thread.tab !== name || !card) return;
    const pressed = (action, button) => press(action, where, button);
    const drawn = cardNode(card, { press: pressed, at: new Date(now()).toISOString() });
    thread.panel.replaceChildren(el("div", { class: "detail" }, drawn, where.slot));
  } catch (trouble) {
    thread.panel.replaceChildren(where.slot);
    showTrouble(where.slot, trouble);
  }
}

function drawEmpty() {
  byId("thread").replaceChildren(
    el(
      "div",
      { class: "empty" },
      el("b", {}, "No thread is open"),
      el("p", {}, "Choose a card to read what was said and to answer."),
      el(
        "p",
        {},
        el("kbd", {}, "j"),
        " ",
        el("kbd", {}, "k"),
        " move · ",
        el("kbd", {}, "Enter"),
        " opens · ",
        el("kbd", {}, "?"),
        " all keys",
      ),
    ),
  );
}

on("line", heard);

function heard(line) {
  if (!open || (line.id !== open.root && line.thread !== open.root)) return;
  if (open.early) return void open.early.push(line);
  if (line.id === open.root) {
    drawRoot(open, line);
    if (open.tab !== "talk") showDetail(open, open.tab);
  } else {
    const fresh = !open.bubbles.has(line.id);
    const node = put(open, line);
    if (fresh && now() - Date.parse(line.at) < 60_000) node?.classList.add("arrived");
  }
}

on("reset", () => {
  const { space, root } = place();
  open = null;
  if (root) showThread(space, root);
});
