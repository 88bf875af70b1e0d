// Where we are, in the address: #/support, #/support/12 (a thread), #/~queue (a view), #SUP-42.

const followers = [];

/** Call `follow(place)` at every change of place. */
export const onPlace = (follow) => followers.push(follow);

/** The present place: `{space, root}`, `{view}`, `{number}`, or nothing. */
export function place() {
  const text = decodeURIComponent(location.hash.slice(1));
  if (!text.startsWith("/")) return text ? { number: text.toUpperCase() } : {};
  const [first, root] = text.slice(1).split("/");
  if (first.startsWith("~")) return { view: first.slice(1) };
  return { space: first, root: Number(root) || 0 };
}

/** The address of a channel, a thread, or a view. */
export const channelAddress = (space) => `#/${encodeURIComponent(space)}`;
export const threadAddress = (space, root) => `#/${encodeURIComponent(space)}/${root}`;
export const viewAddress = (view) => `#/~${view}`;

/** Go there; `instead` leaves no trace in the history. */
export function go(address, { instead = false } = {}) {
  if (instead) history.replaceState(null, "", address);
  else if (location.hash !== address) history.pushState(null, "", address);
  follow();
}

/** Tell everybody where we are. */
export function follow() {
  const here = place();
  for (const follower of followers) follower(here);
}

addEventListener("popstate", follow);
