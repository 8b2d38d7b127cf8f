// Shows again how the first services read whenever something changes; without it there is a button.
"use strict";
(() => {
  const form = document.getElementById("columns-form");
  if (!form) return;
  const body = document.getElementById("preview-body");
  const status = document.getElementById("preview-status");
  const listed = form.dataset.listed.split(" ");
  let asking = null;
  let timer = 0;

  const ask = () => {
    if (asking) asking.abort();
    asking = new XMLHttpRequest(); // it makes a document of the answer; fetch would give text
    asking.open("POST", form.dataset.preview);
    asking.responseType = "document";
    asking.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    asking.addEventListener("load", show);
    asking.addEventListener("error", () => { status.textContent = form.dataset.failed; });
    status.textContent = form.dataset.reading;
    asking.send(new URLSearchParams(new FormData(form)));
  };

  const show = (event) => {
    const { response, status: code } = event.target;
    if (code !== 200 || !response || event.target.responseURL !== new URL(form.dataset.preview, location.href).href) {
      status.textContent = form.dataset.failed;
      return;
    }
    const top = body.scrollTop;
    body.replaceChildren(...response.body.childNodes);
    body.scrollTop = top;
    status.textContent = "";
  };

  const offer = (select) => {
    const [target, mark] = [select.value.replace(/\+.*/, ""), select.value.endsWith("+")];
    for (const part of select.closest(".column").querySelectorAll("[data-when]")) {
      const when = part.dataset.when;
      part.hidden = !((when === "+" && mark) || (when === "listed" && listed.includes(target)) || when === target);
    }
  };

  const choose = (select) => {
    offer(select);
    select.closest(".column").classList.remove("is-unsure");
    select.closest(".column").classList.toggle("is-left-out", !select.value);
    document.getElementById(`${select.id}-why`).textContent = select.value ? form.dataset.chosen : form.dataset.leftOut;
  };

  // The most used choices, and what is chosen; the others are behind a search.
  const OTHER = "?";
  const targets = new Map([...document.querySelectorAll("#all-targets > option")].map((option) => [option.value, option.dataset.target]));
  const shorten = (select) => {
    const [, mostUsed, ...rest] = select.querySelectorAll("optgroup");
    const chosen = select.selectedOptions[0];
    if (rest.includes(chosen.parentElement)) mostUsed.append(chosen);
    for (const group of rest) group.remove();
    select.append(new Option(form.dataset.other, OTHER));
    select.dataset.chosen = select.value;
  };

  const search = (select) => {
    const box = select.parentElement.querySelector(".column-search");
    select.value = select.dataset.chosen;
    box.hidden = false;
    box.querySelector("input").focus();
  };

  const find = (input) => {
    const target = targets.get(input.value);
    if (target === undefined) return;
    const select = input.closest(".column-held").querySelector("select");
    if (![...select.options].some(({ value }) => value === target)) {
      select.querySelectorAll("optgroup")[1].append(new Option(input.value, target));
    }
    select.value = target;
    input.value = "";
    input.parentElement.hidden = true;
    select.focus();
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };

  for (const select of form.querySelectorAll(".column-held > select")) {
    shorten(select);
    offer(select);
  }
  form.addEventListener("input", ({ target }) => {
    if (target.matches(".column-search input")) find(target);
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches(".column-search input")) return;
    if (event.target.matches(".column-held > select")) {
      if (event.target.value === OTHER) return search(event.target);
      event.target.dataset.chosen = event.target.value;
      choose(event.target);
    }
    if (/-(header_line|separator|quotation|encoding)$/.test(event.target.name)) return; // read again by a button
    clearTimeout(timer);
    timer = setTimeout(ask, 200);
  });
})();
