// The live stream, with reconnection. Hidden tabs let go of it, but for one: a browser opens only
// six connections to a server, and each open stream holds one.

const handlers = { line: [], facts: [], reset: [], state: [] };
let source = null;
let position = 0;
let retry = 0;
let leader = false;

/** Call `handler` for every `line`, `facts`, `reset`, or change of `state` (connected or not). */
export const on = (kind, handler) => handlers[kind].push(handler);

/** Begin to listen, after this revision. */
export function listen(revision) {
  position = revision;
  lead();
  document.addEventListener("visibilitychange", settle);
  addEventListener("online", settle);
  settle();
}

function settle() {
  const wanted = document.visibilityState === "visible" || leader;
  if (wanted && !source) connect();
  if (!wanted) close();
}

function connect() {
  clearTimeout(retry);
  source = new EventSource(`events?since=${position}`);
  source.addEventListener("open", () => tell("state", true));
  source.addEventListener("error", failed);
  source.addEventListener("line", (event) => {
    position = Number(event.lastEventId);
    tell("line", JSON.parse(event.data));
  });
  source.addEventListener("facts", (event) => tell("facts", JSON.parse(event.data)));
  source.addEventListener("reset", (event) => {
    position = Number(event.lastEventId);
    tell("reset", position);
  });
}

// The browser itself tries again after a lost connection, but not after an answer that is no stream.
function failed() {
  tell("state", false);
  if (source?.readyState !== EventSource.CLOSED) return;
  close();
  retry = setTimeout(settle, 3000);
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

function lead() {
  if (!navigator.locks) {
    leader = true;
    return;
  }
  navigator.locks.request("deskhand.stream", () => {
    leader = true;
    settle();
    return new Promise(() => {});
  });
}

function tell(kind, value) {
  for (const handler of handlers[kind]) handler(value);
}
