// Offers a print button where a script can; without one, the page says which keys to press.
"use strict";
for (const button of document.querySelectorAll(".print-button")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const hint of document.querySelectorAll(".print-hint")) hint.hidden = true;
