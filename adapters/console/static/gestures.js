// What I do: type a line, press an action, fill in its form. The answer appears where it was done.
// A place to do it is `{space, root, slot}`: the channel, the thread (0 for none), and where to answer.

import { gestureKey, post } from "./api.js";
import { kindOf } from "./boot.js";
import { askToConfirm, openForm } from "./forms.js";
import { showPrivately, showTrouble } from "./notices.js";

/** Press an action of a card. */
export async function press(action, where, button) {
  if (action.confirm && !(await askToConfirm(action))) return;
  await holding(button, () => answering(where, () => run({ action: action.id }, where)));
}

/** Run a typed line. */
export const runLine = (line, where) => answering(where, () => run({ line }, where));

/** Run a typed line; gives the reply back for the caller to show. */
export const runQuietly = (line, where) => run({ line }, where);

/** Run an action with arguments and files; gives the reply back. */
export const runAction = (id, where, { args = {}, files = [], key = gestureKey() } = {}) =>
  run({ action: id, args }, where, files, key);

/** Say something in the thread; gives the reply back, which mostly is empty. */
export const say = (text, where, { files = [], key = gestureKey() } = {}) =>
  post("say", { text, thread_root: where.root, key }, files);

/** Ask for an action's form again, filled in with what is there; gives the form back, or nothing. */
export const askAgain = async (id, where, args) => (await run({ action: id, args, asks: 1 }, where)).form;

/** A form was closed without sending: what was written in a reply is kept. */
export const keep = (id, where, args) =>
  post("keep", { action: id, args, space: where.space, thread_root: where.root, key: gestureKey() });

/** Show a reply: a form opens, a card appears where it was asked for. */
export function show(reply, where) {
  if (reply.form) {
    openForm(
      reply.form,
      (args, files, key) => runAction(reply.form.id, where, { args, files, key }),
      (next) => show(next, where),
      {
        again: (args) => askAgain(reply.form.id, where, args),
        closed: (args) => keep(reply.form.id, where, args).catch(() => {}),
      },
    );
  } else if (reply.card) {
    showPrivately(where.slot, reply.card, {
      press: (action, button) => press(action, where, button),
      refused: reply.refused,
    });
  }
}

/** The lines that tell more about a work item, for the tabs of its thread. */
export const detailLines = (number) =>
  kindOf(number) === "ticket"
    ? { sla: ["ticket sla", `/ticket sla ${number}`], history: ["ticket log", `/ticket log ${number}`] }
    : { history: ["incident timeline", `/incident timeline ${number}`] };

async function answering(where, act) {
  try {
    const reply = await act();
    show(reply, where);
    return reply;
  } catch (trouble) {
    showTrouble(where.slot, trouble);
    return null;
  }
}

const run = (what, where, files = [], key = gestureKey()) =>
  post("run", { ...what, space: where.space, thread_root: where.root, key }, files);

async function holding(button, act) {
  button.disabled = true;
  button.classList.add("busy");
  try {
    await act();
  } finally {
    button.disabled = false;
    button.classList.remove("busy");
  }
}
