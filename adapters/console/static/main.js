// Puts the page together: reads what there is, draws the frame, then follows the address and the stream.

import { get } from "./api.js";
import { boot, channelOf, kindOf, load } from "./boot.js";
import { startCalls } from "./calls.js";
import { aim, startComposer } from "./composer.js";
import { byId } from "./dom.js";
import { listen, on } from "./events.js";
import { leaveFeed, showFeed } from "./feed.js";
import { startKeyboard } from "./keyboard.js";
import { showMailbox, startMailbox } from "./mailbox.js";
import { showTrouble } from "./notices.js";
import { startRooms } from "./rooms.js";
import { channelAddress, follow, go, onPlace, place, threadAddress } from "./route.js";
import { showThread } from "./thread.js";
import { setAhead } from "./times.js";
import { startTopbar } from "./topbar.js";
import { markRead, start as startUnread } from "./unread.js";
import { refresh, showAnswer, showView } from "./views.js";

async function start() {
  try {
    await load();
  } catch (trouble) {
    return showTrouble(byId("feed"), trouble);
  }
  setAhead(boot.demo?.ahead ?? 0);
  startTopbar();
  startMailbox();
  startUnread();
  startComposer();
  startRooms();
  startKeyboard();
  startCalls();
  byId("refresh").addEventListener("click", refresh);
  onPlace(show);
  listen(boot.revision);
  follow();
}

function show({ space, root = 0, view, number }) {
  if (number) return find(number);
  if (!view && !channelOf(space)) return go(channelAddress(boot.channels[0].space), { instead: true });
  document.body.classList.toggle("in-view", Boolean(view));
  if (view) showPlaceOf(view);
  else showChannel(space);
  showThread(space, root);
}

function showChannel(space) {
  const channel = channelOf(space);
  head(channel.kind === "direct" ? channel.title : `# ${channel.title}`, channel.hint);
  byId("composer").hidden = false;
  showFeed(space);
  markRead(space);
  aim(space);
}

function showPlaceOf(view) {
  leaveFeed();
  byId("fresh").hidden = true;
  byId("composer").hidden = view === "mailbox";
  aim("");
  if (view === "mailbox" && boot.demo) {
    head("Customer mailbox", "The outside world: what customers sent and received");
    showMailbox();
  } else {
    const shown = showView(view);
    head(shown.title, shown.hint, Boolean(shown.lines));
  }
}

function head(title, hint, again = false) {
  byId("title").textContent = title;
  byId("hint").textContent = hint;
  byId("refresh").hidden = !again;
}

// A number leads to its thread where one can be read here, else to what its command tells.
async function find(number) {
  const { space, root } = await get("find", { number }).catch(() => ({ root: 0 }));
  if (root) return go(threadAddress(space, root), { instead: true });
  document.body.classList.add("in-view");
  leaveFeed();
  const shown = showAnswer(`/${kindOf(number)} show ${number}`);
  head(number, shown.hint, true);
}

on("state", (connected) => {
  byId("lost").hidden = connected;
  byId("lost").textContent =
    "The connection to the service is lost. Trying again; nothing you wrote is lost.";
});

on("reset", async () => {
  await load();
  startUnread();
  show(place());
});

start();
