// Shows anew how the first services read whenever something changes; without it there is a button.
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

  form.querySelectorAll(".column-held > select").forEach(offer);
  form.addEventListener("change", (event) => {
    if (event.target.matches(".column-held > select")) choose(event.target);
    if (/-(header_line|separator|quotation|encoding)$/.test(event.target.name)) return; // read again by a button
    clearTimeout(timer);
    timer = setTimeout(ask, 200);
  });
})();
