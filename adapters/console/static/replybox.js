// The box under a thread. Internal note is the default; mailing the customer is a mode of its own that
// shows who gets it, and falls back to the note after each mail.

import { tries } from "./api.js";
import { boot } from "./boot.js";
import { actionOf } from "./cards.js";
import { el, icon } from "./dom.js";
import { control, textOf } from "./forms.js";
import { askAgain, keep, runAction, runLine, say, show } from "./gestures.js";
import { showTrouble } from "./notices.js";
import { runs } from "./runs.js";

/** A box for the thread at `where`, whose root shows `card`. */
export class ReplyBox {
  constructor(where, card) {
    this.where = where;
    this.mode = "note";
    this.form = null;
    this.files = [];
    this.picked = {};
    this.keyOf = tries();
    this.node = el("form", { class: "answer note", "aria-label": "Write" });
    this.node.addEventListener("submit", (event) => this.submit(event));
    this.text = el("textarea", { rows: 3 });
    this.text.value = sessionStorage.getItem(this.draftName) ?? "";
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.node.requestSubmit();
    });
    this.update(card);
  }

  get draftName() {
    return `deskhand.draft.${boot.me.key}.${this.where.root}`;
  }

  /** The root was drawn again: it may have won or lost its reply action. */
  update(card) {
    const drawn = this.reply !== undefined && Boolean(this.reply) === Boolean(actionOf(card, "reply"));
    this.reply = actionOf(card, "reply") ?? null;
    if (drawn) return;
    if (!this.reply) this.mode = "note";
    this.draw();
  }

  /** Change to `note` or `mail`, and put the cursor in. */
  async turn(mode) {
    if (this.form) keep(this.form.id, this.where, this.written()).catch(() => {});
    this.mode = mode === "mail" && this.reply ? "mail" : "note";
    this.form = null;
    this.picked = {};
    this.draw();
    this.text.focus();
    if (this.mode === "mail") await this.readForm();
  }

  // The form says who gets the mail, and warns when a colleague is at it too.
  async readForm() {
    const reply = await this.trying(() => runAction(this.reply.id, this.where));
    if (reply?.form && this.mode === "mail") {
      this.form = reply.form;
      if (!this.text.value) this.text.value = this.textField()?.value ?? "";
      this.draw();
      this.text.focus();
    } else if (reply) {
      show(reply, this.where);
      this.turn("note");
    }
  }

  // The fields beside the text and the files, such as what is to happen after the mail.
  extras() {
    const own = (field) => field === this.textField() || field.kind === "files";
    return this.form?.fields.filter((field) => !own(field)) ?? [];
  }

  valueOf(field) {
    return this.picked[field.name] ?? field.value;
  }

  textField() {
    return this.form?.fields.find((field) => field.kind === "area");
  }

  typed() {
    if (this.text.value) sessionStorage.setItem(this.draftName, this.text.value);
    else sessionStorage.removeItem(this.draftName);
  }

  async submit(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text || (this.mode === "mail" && !this.form)) return;
    this.send.disabled = true;
    const reply = await this.trying(() => (this.mode === "mail" ? this.mailIt(text) : this.noteIt(text)));
    this.send.disabled = false;
    if (!reply) return;
    this.keyOf = tries();
    show(reply, this.where);
    if (reply.refused) return;
    this.text.value = "";
    this.files = [];
    this.typed();
    this.form = null;
    this.turn("note");
  }

  // What a form that is left unsent holds.
  written() {
    const given = Object.fromEntries(this.extras().map((field) => [field.name, this.valueOf(field)]));
    return { ...given, [this.textField()?.name ?? "text"]: this.text.value.trim() };
  }

  // A saved reply is chosen to begin with; words that stand there already are not touched.
  async choose(field, value) {
    this.picked[field.name] = value;
    if (field.name !== "saved" || !value || this.text.value.trim()) return;
    const form = await this.trying(() => askAgain(this.form.id, this.where, { saved: value, text: "" }));
    if (form && !this.text.value.trim()) this.text.value = textOf(form);
    this.typed();
  }

  mailIt(text) {
    const args = { ...this.written(), [this.textField()?.name ?? "text"]: text };
    const key = this.keyOf(JSON.stringify([args, this.files.map((file) => file.name)]));
    return runAction(this.form.id, this.where, { args, files: this.files, key });
  }

  async noteIt(text) {
    const root = text.startsWith("/") ? text.slice(1).split(/\s/)[0] : "";
    if (boot.commands.some((command) => command.name.split(" ")[0] === root)) {
      const reply = await runLine(text, this.where);
      return reply && { refused: reply.refused };
    }
    const key = this.keyOf(JSON.stringify([text, this.files.map((file) => file.name)]));
    return say(text, this.where, { files: this.files, key });
  }

  async trying(act) {
    try {
      return await act();
    } catch (trouble) {
      showTrouble(this.where.slot, trouble);
      return null;
    }
  }

  draw() {
    const mail = this.mode === "mail";
    const focused = document.activeElement === this.text;
    this.node.className = `answer ${this.mode}`;
    this.text.placeholder = mail ? "Write to the customer…" : "Write a note for the team…";
    this.text.maxLength = (mail && this.textField()?.max_length) || 20000;
    this.text.setAttribute("aria-label", mail ? "Reply by email" : "Internal note");
    this.send = el(
      "button",
      { class: `button ${mail ? "go" : "primary"}`, disabled: mail && !this.form },
      mail ? (this.form?.submit ?? "Send email") : "Add note",
    );
    const parts = [this.modes(), this.audience(), this.warning(), this.text, this.chosen(), this.row()];
    this.node.replaceChildren(...parts.filter(Boolean));
    if (focused) this.text.focus();
  }

  modes() {
    const choice = (mode, label) => {
      const pressed = String(this.mode === mode);
      return el("button", { type: "button", "aria-pressed": pressed, onclick: () => this.turn(mode) }, label);
    };
    return el(
      "div",
      { class: "modes", role: "group", "aria-label": "Who reads it" },
      choice("note", "Internal note"),
      this.reply ? choice("mail", "Reply by email") : null,
    );
  }

  audience() {
    // A work item that is talked about in a direct channel is confidential.
    const few = this.where.space.startsWith("@");
    const readers = few ? "Only those who were let in see this." : "Only your team sees this.";
    if (this.mode === "note") return el("p", { class: "to" }, readers);
    return el("p", { class: "to" }, this.form ? runs(this.form.intro) : "Looking up who gets it…");
  }

  warning() {
    return this.mode === "mail" && this.form?.warning
      ? el("p", { class: "warning", role: "alert" }, this.form.warning)
      : null;
  }

  chosen() {
    if (!this.files.length) return null;
    const drop = (file) => () => {
      this.files = this.files.filter((other) => other !== file);
      this.draw();
    };
    return el(
      "p",
      { class: "chosen-files" },
      this.files.map((file) =>
        el(
          "span",
          {},
          file.name,
          el("button", { type: "button", "aria-label": `Remove ${file.name}`, onclick: drop(file) }, "×"),
        ),
      ),
    );
  }

  row() {
    const input = el("input", { type: "file", multiple: true, "aria-label": "Attach files" });
    input.addEventListener("change", () => {
      this.files = [...this.files, ...input.files].slice(0, 10);
      this.draw();
    });
    const attach = el("span", { class: "attach quiet icon", title: "Attach files" }, icon("clip"), input);
    const extras = this.extras().map((field) => {
      const node = control(field, `answer-${field.name}`, this.valueOf(field));
      node.setAttribute("aria-label", field.label);
      node.addEventListener("change", () => this.choose(field, node.value));
      return node;
    });
    return el(
      "div",
      { class: "row" },
      this.send,
      extras,
      attach,
      extras.length ? null : el("span", { class: "hint" }, "Ctrl Enter sends"),
    );
  }
}
