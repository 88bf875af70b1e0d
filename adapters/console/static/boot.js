// What the page learned when it opened: who I am, the channels, the commands.

import { get } from "./api.js";

export const boot = {
  me: { key: "", name: "", roles: [] },
  channels: [],
  commands: [],
  desks: [],
  people: [],
  demo: null,
};

/** Read it (again). */
export async function load() {
  Object.assign(boot, await get("boot"));
}

/** Whether the command table has a command of this name, such as `ticket queue`. */
export const hasCommand = (name) => boot.commands.some((command) => command.name === name);

/** `ticket` or `incident`, by the prefix of a work item's number. */
export const kindOf = (number) =>
  boot.desks.some((desk) => number.startsWith(`${desk.prefix}-`)) ? "ticket" : "incident";

/** The channel a space belongs to. */
export const channelOf = (space) => boot.channels.find((channel) => channel.space === space);
