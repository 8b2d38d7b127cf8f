"use strict";

/* Keeps what is changed in the column of the desk at once, and notes there what the search says.
   Without it, and when that fails, each form has its button. */
(() => {
  const page = document.documentElement;
  page.classList.add("keeps-at-once");

  const QUIET = { "X-Referral-Quiet": "1" };

  const say = (name) => {
    const status = document.querySelector("[data-desk-status]");
    if (status) {
      status.textContent = status.dataset[name];
    }
  };

  const keep = async (form, field) => {
    const sent = new FormData(form);
    sent.append("changed", field.name); // a colleague may have changed the others
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, headers: QUIET });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      say("kept");
    } catch {
      page.classList.remove("keeps-at-once");
      say("failed");
    }
  };

  /* The column is made again, unless somebody works in it already. */
  const show = (fresh) => {
    const column = document.getElementById("desk");
    const hasFocus = column === document.activeElement;
    if (fresh && (hasFocus || !column.contains(document.activeElement))) {
      column.replaceWith(fresh);
      if (hasFocus) {
        fresh.focus({ preventScroll: true });
      }
      say("noted");
    }
  };

  const note = (form) => {
    form.hidden = true;
    const asking = new XMLHttpRequest();
    asking.open("POST", form.action);
    asking.setRequestHeader("X-Referral-Quiet", QUIET["X-Referral-Quiet"]);
    asking.responseType = "document";
    asking.addEventListener("load", () => {
      if (asking.status === 200) {
        show(asking.response.getElementById("desk"));
      } else {
        form.hidden = false;
      }
    });
    asking.addEventListener("error", () => {
      form.hidden = false;
    });
    asking.send(new FormData(form));
  };

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !("deskAutosave" in form.dataset)) {
      return;
    }
    if ("deskReload" in form.dataset) {
      form.requestSubmit(); // what the page says about the need is written again
    } else {
      keep(form, event.target);
    }
  });

  const said = document.querySelector("[data-desk-note]");
  if (said) {
    note(said);
  }
})();
