// The top bar: whose console it is, a demonstration's controls, colours, help, and the way out.

import { post, signOut } from "./api.js";
import { boot } from "./boot.js";
import { byId, el, icon } from "./dom.js";
import { on } from "./events.js";
import { showMailbox } from "./mailbox.js";
import { announce } from "./notices.js";
import { go, onPlace, viewAddress } from "./route.js";
import { duration, setAhead } from "./times.js";

/** Draw it. */
export function startTopbar() {
  const gap = el("span", { class: "gap" });
  byId("bar").replaceChildren(
    el(
      "button",
      { type: "button", class: "tool menu-button", "aria-label": "Channels", onclick: () => menu(true) },
      icon("menu"),
    ),
    el(
      "span",
      { class: "brand" },
      el("img", { src: "static/icon.svg", alt: "", width: 22, height: 22 }),
      boot.service,
    ),
    boot.demo
      ? el("span", { class: "pill demo" }, "demo data", el("span", {}, " · nothing leaves this machine"))
      : "",
    gap,
    boot.demo ? el("div", { class: "play" }, actingAs(), clock()) : "",
    ...Object.entries(boot.addresses).map(([what, address]) =>
      el("span", { class: "pill address" }, what, el("code", {}, address)),
    ),
    tool("theme", "Light or dark", switchTheme),
    tool("help", "Help", () => go(viewAddress("help"))),
    boot.demo ? "" : el("span", { class: "pill signed" }, el("b", { class: "me-name" }, boot.me.name)),
    boot.demo ? "" : tool("leave", "Sign out", signOut),
  );
  byId("veil").addEventListener("click", () => menu(false));
  onPlace(() => menu(false));
}

function menu(open) {
  document.body.classList.toggle("menu-open", open);
  byId("veil").tabIndex = open ? 0 : -1;
}

const tool = (name, label, act) =>
  el(
    "button",
    { type: "button", class: "tool", "aria-label": label, title: label, onclick: act },
    icon(name),
  );

function switchTheme() {
  const root = document.documentElement;
  const dark =
    (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) ===
    "dark";
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("deskhand.theme", root.dataset.theme);
  } catch {
    /* the choice then lasts as long as the page */
  }
}

function actingAs() {
  const options = boot.demo.people.map((person) =>
    el(
      "option",
      { value: person.key || person.address, selected: person.key === boot.me.key },
      `${person.name.split(" ")[0]} (${person.role})`,
    ),
  );
  const chooser = el("select", { "aria-label": "Acting as" }, options);
  chooser.addEventListener("change", () => actAs(chooser));
  return el("span", { class: "pill" }, el("span", { class: "what" }, "acting as"), chooser);
}

async function actAs(chooser) {
  const person = boot.demo.people.find((one) => (one.key || one.address) === chooser.value);
  if (person.key) {
    await post("demo/act-as", { person: person.key });
    location.reload();
    return;
  }
  chooser.value = boot.me.key;
  go(viewAddress("mailbox"));
  showMailbox(person.address);
}

function clock() {
  const label = el("span", {});
  const draw = (ahead) => {
    label.textContent = ahead ? `clock +${duration(ahead)}` : "clock";
  };
  const push = (minutes) => async () => {
    const { ahead } = await post("demo/clock", { minutes });
    setAhead(ahead);
    draw(ahead);
    announce(`The clock stands ${duration(ahead)} ahead.`);
  };
  on("facts", ({ ahead }) => {
    if (ahead === undefined) return;
    setAhead(ahead);
    draw(ahead);
  });
  draw(boot.demo.ahead);
  return el(
    "span",
    { class: "pill" },
    label,
    el("button", { type: "button", onclick: push(10) }, "+10 min"),
    el("button", { type: "button", onclick: push(60) }, "+1 h"),
  );
}
