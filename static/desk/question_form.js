"use strict";

/* Keys of the form that logs a question: one for each choice, Enter sends. They count only while the
   form has the focus, and never where somebody types. */
(() => {
  const form = document.querySelector("[data-question-form]");
  if (!form) {
    return;
  }
  const hasLetters = !document.documentElement.classList.contains("no-letter-keys");
  form.classList.toggle("has-keys", hasLetters);

  const choose = (field) => {
    field.focus();
    if (field.type === "radio") {
      field.checked = true;
      const next = field.dataset.leadsTo && document.getElementById(field.dataset.leadsTo);
      if (next) {
        next.focus();
      }
    }
  };

  form.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (key === "Enter" && target.matches("select, input")) {
      event.preventDefault();
      form.requestSubmit();
    } else if (hasLetters && target.matches("input[type=radio], button, summary")) {
      const field = form.querySelector(`[data-key="${CSS.escape(key.toLowerCase())}"]`);
      if (field) {
        event.preventDefault();
        choose(field);
      }
    }
  });
})();
