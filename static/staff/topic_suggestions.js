// Keys of the queues of suggested topics. They work only while the focus is in a line, and press
// its buttons; without this script the buttons work as well.
"use strict";
(() => {
  const queue = document.querySelector("[data-queue]");
  if (!queue) return;
  let isPressed = false; // until the next page is there
  queue.querySelector("[autofocus]")?.focus();
  if (document.documentElement.classList.contains("no-letter-keys")) return;

  const target = (line, key) => {
    const name = key === "ArrowRight" ? "s" : key.toLowerCase();
    if (name === "o") return line.querySelector("[name=other]");
    if (name === "u" || name === "a") return document.querySelector(`[data-key="${name}"]`);
    return line.querySelector(`[data-key="${CSS.escape(name)}"]`);
  };

  queue.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input, select, textarea")) return;
    const found = target(event.target.closest("[data-queue] > li"), event.key);
    if (!found || isPressed) return;
    event.preventDefault();
    if (found.matches("input")) return found.focus();
    isPressed = true;
    found.click();
  });

  // A page that comes back from the browser's memory takes keys again.
  window.addEventListener("pageshow", () => {
    isPressed = false;
  });
})();
