// At a shared computer, before anything of a page is shown: whether this tab came from a page of
// ours. A tab that did not may be a window that was closed and opened again, a restored session or
// an address from the history: terminal.js then asks the other tabs, and shows or forgets the visit.
"use strict";

(() => {
  const LONGEST_GAP_MS = 5000; // from one page of a tab to the next; closing is a longer one

  try {
    const left = Number(sessionStorage.getItem("left"));
    sessionStorage.removeItem("left");
    const gap = Date.now() - left;
    document.documentElement.classList.toggle("is-new-tab", gap > LONGEST_GAP_MS || gap < 0);
    addEventListener("pagehide", () => sessionStorage.setItem("left", Date.now()));
  } catch {
    // A browser that stores nothing cannot tell.
  }
})();
