// The one way to the server. Failures become a Trouble with words that can be shown.

class Trouble extends Error {
  constructor(words, hint = "", status = 0) {
    super(words);
    this.hint = hint;
    this.status = status;
  }
}

/** GET api/…, as JSON. */
export function get(path, query = {}) {
  const search = new URLSearchParams(query).toString();
  return ask(`api/${path}${search ? `?${search}` : ""}`, {});
}

/** POST api/… with fields, and with files as a multipart form. */
export function post(path, fields = {}, files = []) {
  const headers = { "X-Deskhand": "1" };
  if (!files.length) {
    headers["Content-Type"] = "application/json";
    return ask(`api/${path}`, { method: "POST", headers, body: JSON.stringify(fields) });
  }
  const body = new FormData();
  body.append("json", JSON.stringify(fields));
  for (const file of files) body.append("files", file, file.name);
  return ask(`api/${path}`, { method: "POST", headers, body });
}

/** Leave this browser. */
export async function signOut() {
  await ask("logout", { method: "POST", headers: { "X-Deskhand": "1" } });
  location.assign("./");
}

/** A name for one gesture: sent again with the same name it counts once. */
export function gestureKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Names for tries of one thing: the same content keeps its name, so that a try whose answer was lost counts once. */
export function tries() {
  let last = null;
  let key = "";
  return (content) => {
    if (content !== last) [last, key] = [content, gestureKey()];
    return key;
  };
}

async function ask(path, options) {
  const answer = await reach(path, options);
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  if (answer.status === 401) location.reload();
  throw new Trouble(
    body.error ?? "Something went wrong on the service's side.",
    body.hint ?? "Nothing you wrote is lost. Try again in a moment.",
    answer.status,
  );
}

async function reach(path, options) {
  try {
    return await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Trouble(
      "The service cannot be reached.",
      "Your text is kept. Try again when the connection is back.",
    );
  }
}
