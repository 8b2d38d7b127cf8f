// Keeps the progress of an import up to date; without it the page reloads itself.
"use strict";
(() => {
  const box = document.getElementById("import-progress");
  if (!box) return;
  const words = document.getElementById("progress-words");
  const bar = box.querySelector("progress");
  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return location.reload();
      const told = await answer.json();
      if (!told.working) return location.reload();
      if (told.what) words.textContent = told.total > 1 ? `${told.what}: ${told.done} / ${told.total}` : told.what;
      if (told.total > 1) {
        bar.max = told.total;
        bar.value = told.done;
      } else bar.removeAttribute("value");
    } catch {
      // The network may be away for a moment; ask again.
    }
    setTimeout(ask, 1000);
  };
  setTimeout(ask, 500);
})();
