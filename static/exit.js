// Leaving fast: the screen goes blank at once, and this page is not left in the tab's history.
// A click on the button or its skip link, or Shift pressed three times, leaves. Without this script
// both are plain links to the same address.
"use strict";

(() => {
  const links = document.querySelectorAll("[data-exit]");
  if (!links.length) return;
  const address = links[0].href;
  const { exitMore, exitOnce, exitNow } = document.querySelector("[data-exit-more]")?.dataset ?? {};
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
  document.querySelector("[data-exit-more]")?.after(progress, status);

  function leave() {
    const blank = document.createElement("div");
    blank.className = "exit-blank";
    blank.setAttribute("role", "alert");
    blank.textContent = exitNow ?? "";
    document.body.replaceChildren(blank);
    document.title = "…";
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

  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      leave();
    });
  }
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
