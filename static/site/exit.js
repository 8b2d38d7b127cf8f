// Leaving fast: the screen goes blank at once, the server is told to wipe, and this page is not left
// in the tab's history. A click on a link that leaves, or Shift pressed three times. Waits for
// nothing, so that it works with the server away. Without this script the links lead there by
// themselves, and the browser sends the wipe (ping).
"use strict";

(() => {
  const exit = document.querySelector("[data-exit]");
  if (!exit) return;
  const address = exit.href;
  const wipe = exit.getAttribute("ping");
  const more = document.querySelector("[data-exit-more]");
  const { exitMore, exitOnce, exitNow } = more?.dataset ?? {};
  const TIMES = 3;
  const WITHIN_MS = 5000;
  let pressed = 0;
  let alone = false;
  let timer;

  const progress = document.createElement("div");
  progress.className = "exit-progress";
  progress.hidden = true;
  const dots = Array.from({ length: TIMES }, () => document.createElement("span"));
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  progress.append(...dots);
  more?.after(progress, status);

  function leave() {
    const blank = document.createElement("div");
    blank.className = "exit-blank";
    blank.setAttribute("role", "alert");
    blank.textContent = exitNow ?? "";
    document.body.replaceChildren(blank); // open dialogs too
    document.title = "…";
    document.dispatchEvent(new Event("leaving"));
    if (wipe) navigator.sendBeacon?.(wipe);
    location.replace(address);
  }

  function show(count) {
    pressed = count;
    progress.hidden = count === 0;
    dots.forEach((dot, place) => dot.classList.toggle("is-on", place < count));
    const left = TIMES - count;
    if (count === 0) status.textContent = "";
    else status.textContent = left === 1 ? exitOnce : exitMore?.replace("{count}", left);
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-exit]")) return;
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    alone = event.key === "Shift";
    if (!alone && pressed) show(0); // capital letters are not a wish to leave
  });
  document.addEventListener("pointerdown", () => (alone = false));
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    clearTimeout(timer);
    timer = setTimeout(() => show(0), WITHIN_MS);
    if (pressed + 1 >= TIMES) leave();
    else show(pressed + 1);
  });
  // Back must not show what was left.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
