// The ⋯ menu of a card: opens above or below, closes on Escape, on a choice, and when focus leaves.

import { el } from "./dom.js";

/** A button that shows further actions. */
export function menuButton(actions, press) {
  const opener = el(
    "button",
    {
      type: "button",
      class: "button",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": "More actions",
      title: "More actions",
    },
    "⋯",
  );
  const holder = el("div", { class: "more" }, opener);
  opener.addEventListener("click", () =>
    holder.querySelector(".menu") ? close(holder) : open(holder, actions, press),
  );
  holder.addEventListener("focusout", (event) => {
    if (!holder.contains(event.relatedTarget)) close(holder);
  });
  holder.addEventListener("keydown", (event) => move(holder, event));
  return holder;
}

function open(holder, actions, press) {
  const opener = holder.firstChild;
  const items = actions.map((action) => {
    const item = el(
      "button",
      { type: "button", role: "menuitem", class: action.style === "danger" ? "danger" : "" },
      action.label,
    );
    // Safari gives buttons no focus on a click: without this the menu would close before the choice.
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => {
      close(holder);
      opener.focus();
      press(action, opener);
    });
    return item;
  });
  const menu = el("div", { class: "menu", role: "menu" }, items);
  holder.append(menu);
  opener.setAttribute("aria-expanded", "true");
  place(menu, opener);
  items[0].focus();
}

function place(menu, opener) {
  const spot = opener.getBoundingClientRect();
  const above = spot.bottom + menu.offsetHeight + 12 > innerHeight && spot.top > menu.offsetHeight;
  const left = spot.left + menu.offsetWidth + 8 > innerWidth;
  menu.style[above ? "bottom" : "top"] = "calc(100% + 5px)";
  menu.style[left ? "right" : "left"] = "0";
}

function close(holder) {
  const menu = holder.querySelector(".menu");
  // Removing it moves the focus, which would close it a second time.
  menu?.classList.remove("menu");
  menu?.remove();
  holder.firstChild.setAttribute("aria-expanded", "false");
}

function move(holder, event) {
  const items = [...holder.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  if (event.key === "Escape" && items.length) {
    event.stopPropagation();
    close(holder);
    holder.firstChild.focus();
  } else if (at >= 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[(at + step + items.length) % items.length].focus();
  }
}
