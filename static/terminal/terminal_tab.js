// At a shared computer, before anything of a page is shown: whether this tab came from a page of
// ours. A tab that did not may be a window that was closed and opened again, a restored session or
// an address from the history: terminal.js then asks the other tabs, and shows or forgets the visit.
"use strict";

(() => {
  const LONGEST_GAP_MS = 5000; // from one page of a tab to the next; closing is a longer one
  const NOTE_EVERY_MS = 1000; // the end of a page may be told only after the next has begun
  const note = () => sessionStorage.setItem("here", Date.now());

  try {
    const gap = Date.now() - Number(sessionStorage.getItem("here"));
    document.documentElement.classList.toggle("is-new-tab", gap > LONGEST_GAP_MS || gap < 0);
    sessionStorage.removeItem("here");
    addEventListener("pagehide", note);
    if (!document.currentScript.dataset.used) return; // a start page that waits keeps nothing
    note();
    setInterval(note, NOTE_EVERY_MS);
  } catch {
    // A browser that stores nothing cannot tell.
  }
})();
