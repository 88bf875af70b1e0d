// Forms as dialogs. What was typed is kept when a form is closed without sending, and when sending fails.

import { tries } from "./api.js";
import { el } from "./dom.js";
import { runs, words } from "./runs.js";

const drafts = new Map();
const FEW = 4;

/** Show a form; `submit(args, files, key)` sends it, `done(reply)` gets the answer that is not a refusal.
 * `again(args)` gives it filled in for what was chosen; `closed(args)` hears that it was not sent. */
export function openForm(form, submit, done, { again = async () => null, closed = () => {} } = {}) {
  const warning = el("p", { class: "warning", role: "alert", hidden: !form.warning }, form.warning);
  const button = el("button", { class: "button primary" }, form.submit || "Save");
  const sheet = sheetOf(form, warning, button);
  const dialog = showDialog(sheet);
  let keyOf = tries();
  let sent = false;
  dialog.addEventListener("close", () => sent || closed(valuesOf(sheet)));
  sheet.elements.saved?.addEventListener("change", () => beginWith(sheet, again));
  sheet.addEventListener("input", () => drafts.set(form.id, textsOf(sheet)));
  sheet.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [args, files] = [valuesOf(sheet), filesOf(sheet)];
    const key = keyOf(JSON.stringify([args, files.map((file) => file.name)]));
    button.disabled = true;
    const reply = await attempt(() => submit(args, files, key), warning);
    button.disabled = false;
    if (!reply) return;
    if (reply.refused) {
      keyOf = tries();
      return complain(warning, refusalOf(reply.card));
    }
    drafts.delete(form.id);
    sent = true;
    dialog.close();
    done(reply);
  });
}

/** Fill an empty text with the saved reply that was chosen. */
async function beginWith(sheet, again) {
  const { saved, text } = sheet.elements;
  if (!saved.value || text.value.trim()) return;
  const form = await again({ saved: saved.value, text: "" });
  if (form && !text.value.trim()) text.value = textOf(form);
}

/** The words that a form's text begins with. */
export const textOf = (form) => form.fields.find((field) => field.kind === "area")?.value ?? "";

function sheetOf(form, warning, button) {
  const cancel = el("button", { type: "button", class: "button", onclick: closeDialog }, form.close);
  const intro = form.intro?.length ? el("p", { class: "intro" }, runs(form.intro)) : null;
  const fields = form.fields.map((field) => fieldNode(field, drafts.get(form.id)));
  return el(
    "form",
    {},
    el("header", {}, el("h2", {}, form.title), intro),
    el("div", { class: "inside" }, warning, fields),
    el("footer", {}, cancel, button),
  );
}

const closeDialog = (event) => event.target.closest("dialog").close();

/** Ask before an action that cannot be taken back. */
export function askToConfirm(action) {
  return new Promise((resolve) => {
    const sheet = el(
      "form",
      { method: "dialog" },
      el("header", {}, el("h2", {}, action.label.replace(/[!…]+$/, ""))),
      el("div", { class: "inside" }, el("p", { class: "intro" }, action.confirm)),
      el(
        "footer",
        {},
        el("button", { class: "button", value: "" }, "Cancel"),
        el(
          "button",
          { class: `button ${action.style === "danger" ? "danger" : "primary"}`, value: "yes" },
          action.label,
        ),
      ),
    );
    const dialog = showDialog(sheet);
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}

/** Offer a few things to choose from; the choice goes to `pick`. */
export function offer(title, intro, choices, pick) {
  const buttons = choices.map((choice) =>
    el(
      "button",
      {
        type: "button",
        class: "button",
        onclick: () => {
          dialog.close();
          pick(choice);
        },
      },
      choice.title,
    ),
  );
  const sheet = el(
    "form",
    { method: "dialog" },
    el("header", {}, el("h2", {}, title), el("p", { class: "intro" }, intro)),
    el("div", { class: "inside" }, el("div", { class: "picks" }, buttons)),
    el("footer", {}, el("button", { class: "button" }, "Cancel")),
  );
  const dialog = showDialog(sheet);
}

// A modal dialog, which goes away when it is closed.
function showDialog(sheet) {
  const dialog = el("dialog", { "aria-label": sheet.querySelector("h2")?.textContent }, sheet);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog && !sheet.querySelector("textarea")?.value) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  sheet.querySelector("textarea, input, select")?.focus();
  return dialog;
}

function fieldNode(field, draft = {}) {
  const value = draft[field.name] ?? field.value;
  const id = `field-${field.name}`;
  const few = field.kind === "choice" && field.options.length <= FEW;
  if (few) return radios(field, value);
  const optional = field.required ? null : el("span", { class: "optional" }, " optional");
  return el(
    "div",
    { class: "field" },
    el("label", { for: id }, field.label, optional),
    control(field, id, value),
    field.hint ? el("span", { class: "hint", id: `${id}-hint` }, field.hint) : null,
  );
}

/** The control of a field alone. */
export function control(field, id, value = field.value) {
  const shared = {
    id,
    name: field.name,
    required: field.required,
    "aria-describedby": field.hint ? `${id}-hint` : null,
  };
  if (field.kind === "choice" || field.kind === "person") return select(field, shared, value);
  if (field.kind === "files") return el("input", { ...shared, type: "file", multiple: true });
  const text = { ...shared, maxlength: field.max_length };
  const node =
    field.kind === "area" ? el("textarea", { ...text, rows: 5 }) : el("input", { ...text, type: "text" });
  node.value = value;
  return node;
}

function valuesOf(sheet) {
  const entries = [...new FormData(sheet)].filter(([, value]) => typeof value === "string");
  return Object.fromEntries(entries);
}

const filesOf = (sheet) =>
  [...new FormData(sheet)].map(([, value]) => value).filter((value) => value instanceof File && value.name);

function select(field, shared, value) {
  const none = !field.required || !field.options.some(([key]) => key === value);
  const options = field.options.map(([key, label]) =>
    el("option", { value: key, selected: key === value }, label),
  );
  const first =
    none && !field.options.some(([key]) => key === "") ? el("option", { value: "" }, "Choose…") : null;
  return el("select", shared, first, options);
}

function radios(field, value) {
  const choices = field.options.map(([key, label]) =>
    el(
      "label",
      {},
      el("input", {
        type: "radio",
        name: field.name,
        value: key,
        checked: key === value,
        required: field.required,
      }),
      label,
    ),
  );
  return el(
    "fieldset",
    { class: "field" },
    el("legend", {}, field.label),
    el("div", { class: "choices" }, choices),
    field.hint ? el("span", { class: "hint" }, field.hint) : null,
  );
}

async function attempt(act, warning) {
  try {
    return await act();
  } catch (trouble) {
    complain(warning, `${trouble.message} ${trouble.hint ?? ""}`);
    return null;
  }
}

// What was written is kept; what was chosen is asked anew, since the choices may have changed.
const textsOf = (sheet) =>
  Object.fromEntries([...sheet.querySelectorAll("textarea")].map((area) => [area.name, area.value]));

const refusalOf = (card) =>
  card ? `${words(card.status) || card.fallback} ${words(card.context)}`.trim() : "That was refused.";

function complain(warning, text) {
  warning.textContent = text;
  warning.hidden = false;
  warning.scrollIntoView({ block: "nearest" });
}
