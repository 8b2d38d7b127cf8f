"use strict";

/* Keeps what is changed in the column of the desk at once. Without it each form has its button. */
(() => {
  const status = document.querySelector("[data-desk-status]");
  const say = (name) => {
    if (status) {
      status.textContent = status.dataset[name];
    }
  };

  const keep = async (form, field) => {
    const sent = new FormData(form);
    sent.append("changed", field.name); // a colleague may have changed the others
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: sent,
        headers: { "X-Referral-Quiet": "1" },
      });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      say("kept");
    } catch {
      say("failed");
    }
  };

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !("deskAutosave" in form.dataset)) {
      return;
    }
    if ("deskReload" in form.dataset) {
      form.requestSubmit(); // what the page says about the need is written anew
    } else {
      keep(form, event.target);
    }
  });
})();
