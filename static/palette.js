// Command palette of staff: Ctrl-K, or its button, opens a box that leads on. Without this script the
// button leads to a page that does the same. Words go by POST and are kept nowhere.
"use strict";

class Palette extends Suggestions {
  async ask() {
    this.asking?.abort();
    const text = this.input.value.trim();
    if (text.length < SHORTEST) return this.close();
    this.asking = new AbortController();
    const body = new URLSearchParams({ words: text, csrf_token: this.input.dataset.token });
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(this.address, { method: "POST", body, headers, signal: this.asking.signal });
      if (answer.ok) this.show((await answer.json()).suggestions);
    } catch {
      // Typed on, or no connection: the page behind the button still works.
    }
  }

  show(suggestions) {
    super.show(suggestions);
    if (suggestions.length) this.move(0); // Enter takes the first
  }

  option(suggestion, place) {
    const option = super.option(suggestion, place);
    option.dataset.address = suggestion.address;
    return option;
  }

  choose(option) {
    window.location.assign(option.dataset.address);
  }
}

(() => {
  const button = document.querySelector("[data-palette]");
  if (!button) return;
  const dialog = element("dialog", "palette", { "aria-labelledby": "palette-label" });
  const label = element("label", "", { for: "palette-words", id: "palette-label" }, button.dataset.label);
  const input = element("input", "form-control", {
    type: "text", id: "palette-words", maxlength: "100", autocomplete: "off", spellcheck: "false",
  });
  Object.assign(input.dataset, {
    suggest: button.href,
    suggestLabel: button.dataset.label,
    suggestCount: button.dataset.count,
    suggestNone: button.dataset.none,
    token: button.dataset.token,
  });
  const box = element("div", "palette-box", {});
  box.append(input);
  dialog.append(label, box);
  document.body.append(dialog);
  new Palette(input);

  const open = () => {
    if (dialog.open) return;
    input.value = "";
    dialog.showModal();
    input.focus();
  };
  button.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the box
  });
})();
