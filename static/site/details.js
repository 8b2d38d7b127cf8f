// Menus close on Escape, and when the focus or a press goes elsewhere; paper shows what is folded.
// Without this script they close by their own button.
"use strict";

(() => {
  const menus = () => document.querySelectorAll("details[data-menu][open]");
  let unfolded = [];

  function closeOthers({ relatedTarget, target, type }) {
    const now = type === "focusout" ? relatedTarget : target;
    if (!now) return; // the window lost the focus
    for (const menu of menus()) menu.open = menu.contains(now);
  }

  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", closeOthers);
  document.addEventListener("focusout", closeOthers);
  window.addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details.fold:not([open], .other-language)")];
    for (const each of unfolded) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of unfolded) each.open = false;
  });
})();
