// A browser keeps a strict cookie back when a page is opened from another site (a link in a chat).
// Our own request carries it: if there is a session after all, the page that was asked for loads.

const answer = await fetch("/console/api/boot", { headers: { Accept: "application/json" } });
if (answer.ok) {
  if (location.pathname === "/console/") location.reload();
  else location.replace("/console/");
}
