// Keys of the review of an import. They work only while the focus is in a group or listing, and
// press its buttons; without this script the buttons work as well.
"use strict";
(() => {
  const units = [...document.querySelectorAll("[data-keys] [data-unit]")];
  if (!units.length) return;
  let isPressed = false; // until the next page is there

  const go = (unit) => {
    const folded = unit.parentElement.closest("details");
    if (folded) folded.open = true;
    unit.focus();
    unit.scrollIntoView({ block: "nearest" });
  };

  const wanted = units.find(({ id }) => `#${id}` === location.hash);
  if (wanted) go(wanted);
  if (document.documentElement.classList.contains("no-letter-keys")) return;

  document.addEventListener("keydown", (event) => {
    const unit = event.target.closest("[data-unit]");
    if (!unit || event.ctrlKey || event.altKey || event.metaKey || event.repeat || isPressed) return;
    if (event.target.closest("input, select, textarea")) return;
    const key = event.key.toLowerCase();
    const step = { j: 1, k: -1 }[key];
    if (step) {
      const next = units[units.indexOf(unit) + step];
      if (next) go(next);
      return;
    }
    const found = unit.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!found) return;
    event.preventDefault();
    isPressed = !found.matches("summary");
    found.click();
  });

  // A page that comes back from the browser's memory takes keys again.
  window.addEventListener("pageshow", () => {
    isPressed = false;
  });
})();
