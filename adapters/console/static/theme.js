// Light or dark, before the first paint: what was chosen here, else what the system prefers.
// A classic script, since a module would run after the page was shown.
(() => {
  const chosen = (() => {
    try {
      return localStorage.getItem("deskhand.theme");
    } catch {
      return null;
    }
  })();
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();
