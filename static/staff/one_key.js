// Pages that show one thing after the other: one key presses one of its buttons. Keys work only while
// the focus is in that part of the page; without this script the buttons work as well.
"use strict";
(() => {
  const review = document.querySelector("[data-review]");
  if (!review) return;
  let isPressed = false; // until the next page is there
  review.querySelector("h1").focus({ preventScroll: true });
  if (document.documentElement.classList.contains("no-letter-keys")) return;

  review.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isPressed) return;
    const button = review.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!button) return;
    event.preventDefault();
    isPressed = true;
    button.click();
  });

  // A page that comes back from the browser's memory takes keys again.
  window.addEventListener("pageshow", () => {
    isPressed = false;
  });
})();
