// Puts a service on the list, or takes it out, without loading the page again: says so, and stays
// on the button. Without this script, or when the server is away, the form of the page does it.
"use strict";

(() => {
  const form = document.getElementById("list-form");
  const status = document.getElementById("list-status");
  let asWhole = false;

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (asWhole || !button?.hasAttribute("data-toggles")) return;
    event.preventDefault();
    if (button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(button.formAction, {
        method: "POST",
        body: new URLSearchParams({ [button.name]: button.value }),
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(answer.statusText);
      show(button, await answer.json());
    } catch {
      asWhole = true;
      form.requestSubmit(button);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });

  function show(button, { listed, count, words }) {
    const name = button.querySelector(".visually-hidden");
    button.name = listed ? "out" : "add";
    button.classList.toggle("is-chosen", listed);
    const { content } = form.querySelector(`template[data-for="${button.name}"]`);
    button.replaceChildren(content.cloneNode(true), name);
    for (const link of document.querySelectorAll(".list-link")) showCount(link, count);
    status.textContent = "";
    setTimeout(() => (status.textContent = words), 50); // said again where it is the same
  }

  function showCount(link, count) {
    link.classList.toggle("is-empty", count === 0);
    link.querySelector(".list-count")?.remove();
    if (!count) return;
    const shown = document.createElement("span");
    shown.className = "list-count";
    shown.textContent = count;
    link.append(shown);
  }
})();
