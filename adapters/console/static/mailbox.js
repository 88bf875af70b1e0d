// The outside world of a demonstration: customers' mail in both directions, and alerts to fire.

import { get, post } from "./api.js";
import { boot } from "./boot.js";
import { byId, el } from "./dom.js";
import { on } from "./events.js";
import { offer, openForm } from "./forms.js";
import { announce, showTrouble } from "./notices.js";
import { place } from "./route.js";
import { timeNode } from "./times.js";

const state = { address: "", seen: 0, total: 0 };

/** Mail that came since the mailbox was last looked at. */
export const unreadMail = () => Math.max(0, state.total - state.seen);

/** Begin with what was there when the page opened. */
export function startMailbox() {
  if (!boot.demo) return;
  state.total = boot.demo.mails;
  state.seen = boot.demo.mails;
}

/** Show the mailbox, of one customer when an address is named. */
export async function showMailbox(address = state.address) {
  state.address = address;
  try {
    const { mails } = await get("demo/mailbox");
    state.total = mails.length;
    state.seen = mails.length;
    if (place().view === "mailbox") draw(mails);
  } catch (trouble) {
    const slot = el("div", { class: "slot" });
    byId("feed").replaceChildren(slot);
    showTrouble(slot, trouble);
  }
}

/** Offer the alerts, and fire the one that is chosen. */
export function fireAlert() {
  const sent = ({ name, title }) =>
    post("demo/alert", { name }).then(
      () => announce(`Fired: ${title}`),
      (trouble) => announce(trouble.message),
    );
  offer("Fire an alert", "It arrives as a monitoring system would send it.", boot.demo.alerts, sent);
}

function draw(mails) {
  const mine = mails.filter((mail) => !state.address || involves(mail, state.address));
  const list = mine.toReversed().map(mailNode);
  const empty = el(
    "div",
    { class: "empty" },
    el("b", {}, "No mail yet"),
    el("p", {}, "Write to a desk as a customer would; its channel shows a card at once."),
  );
  byId("feed").replaceChildren(el("div", { class: "mailbox" }, top(mails), list.length ? list : empty));
}

function top(mails) {
  const options = customers(mails).map(([address, name]) =>
    el("option", { value: address, selected: address === state.address }, name),
  );
  const chooser = el("select", { id: "customer" }, el("option", { value: "" }, "Everybody"), options);
  chooser.addEventListener("change", () => showMailbox(chooser.value));
  return el(
    "div",
    { class: "top" },
    el("label", { for: "customer" }, "Mail of"),
    chooser,
    el("button", { type: "button", class: "button primary", onclick: () => compose(mails) }, "Write a mail"),
  );
}

function customers(mails) {
  const known = boot.demo.people
    .filter((person) => person.address)
    .map((person) => [person.address, `${person.name} <${person.address}>`]);
  const met = mails
    .flatMap((mail) => [mail.from, mail.to])
    .filter((address) => !isDesk(address))
    .map((address) => [bare(address), address]);
  return [...new Map([...met, ...known])];
}

function mailNode(mail) {
  const sent = !isDesk(mail.from);
  const answer = sent
    ? null
    : el(
        "div",
        { class: "actions" },
        el("button", { type: "button", class: "button", onclick: () => reply(mail) }, "Answer"),
      );
  return el(
    "article",
    { class: `letter${sent ? " sent" : ""}` },
    el("p", { class: "from" }, el("span", { class: "run" }, `${mail.from} → ${mail.to}`), timeNode(mail.at)),
    el("h2", { class: "run" }, mail.subject),
    el("p", { class: "text", dir: "auto" }, mail.text),
    answer,
  );
}

function compose(mails) {
  const from = state.address || customers(mails)[0]?.[0] || "";
  const form = {
    id: "demo:mail",
    title: "Write a mail",
    submit: "Send",
    intro: [{ t: "plain", text: "As a customer, to one of your desks." }],
    fields: [
      field("from", "From", from),
      {
        ...field("to", "To", boot.desks[0]?.address ?? ""),
        kind: "choice",
        options: boot.desks.map((desk) => [desk.address, desk.address]),
      },
      field("subject", "Subject"),
      { ...field("text", "Text"), kind: "area" },
    ],
  };
  openForm(
    form,
    (args) => send(args),
    () => showMailbox(),
  );
}

function reply(mail) {
  const form = {
    id: `demo:mail:${mail.ref}`,
    title: "Answer as the customer",
    submit: "Send",
    intro: [{ t: "plain", text: `${mail.to} → ${mail.from}` }],
    fields: [{ ...field("text", "Text"), kind: "area" }],
  };
  const subject = /^re:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`;
  const fixed = { from: bare(mail.to), to: bare(mail.reply_to || mail.from), subject, in_reply_to: mail.ref };
  openForm(
    form,
    (args) => send({ ...args, ...fixed }),
    () => showMailbox(),
  );
}

const send = (mail) => post("demo/mail", mail);

const field = (name, label, value = "") => ({
  name,
  label,
  value,
  kind: "line",
  hint: "",
  required: true,
  max_length: 4000,
  options: [],
});

const bare = (address) => (/<([^>]+)>/.exec(address)?.[1] ?? address).toLowerCase();

// A desk's address may carry a reply key: support+k3y@desk.example.
const isDesk = (address) =>
  boot.desks.some((desk) => desk.address === bare(address).replace(/\+[^@]*@/, "@"));

const involves = (mail, address) => [mail.from, mail.to].some((other) => bare(other) === address);

on("facts", ({ mails }) => {
  if (mails === undefined || mails === state.total) return;
  state.total = mails;
  if (place().view === "mailbox") showMailbox();
});
