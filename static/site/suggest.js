// Suggestions below a search box, as the ARIA combobox pattern has them. Without this script the
// box is a plain one. Nothing is kept: what was typed goes to our own server and nowhere else.
"use strict";

const WAIT_MS = 120;
const SHORTEST = 2;

class Suggestions {
  constructor(input) {
    this.input = input;
    this.address = input.dataset.suggest;
    this.list = element("ul", "suggestions", { role: "listbox", id: `${input.id}-suggestions` });
    this.list.setAttribute("aria-label", input.dataset.suggestLabel);
    this.list.hidden = true;
    this.status = element("p", "visually-hidden", { role: "status" });
    input.parentElement.classList.add("has-suggestions");
    input.after(this.list, this.status);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    })) input.setAttribute(name, value);
    this.active = -1;
    input.addEventListener("input", () => this.askSoon());
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("blur", () => this.close());
    // Before blur closes the list.
    this.list.addEventListener("mousedown", (event) => this.click(event));
  }

  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    this.asking?.abort();
    const text = this.input.value.trim();
    if (text.length < SHORTEST) return this.close();
    this.asking = new AbortController();
    try {
      const query = new URLSearchParams({ q: text });
      const { near } = this.input.form.elements;
      if (near?.value) query.set("near", near.value);
      const { signal } = this.asking;
      const answer = this.input.form.method === "post" // at a terminal no address has words in it
        ? await fetch(this.address, { method: "POST", body: query, signal })
        : await fetch(`${this.address}?${query}`, { signal });
      if (answer.ok) this.show((await answer.json()).suggestions);
    } catch {
      // Typed on, or no connection: the box still works.
    }
  }

  show(suggestions) {
    if (document.activeElement !== this.input) return;
    this.list.replaceChildren(...suggestions.map((suggestion, place) => this.option(suggestion, place)));
    this.move(-1);
    const open = suggestions.length > 0;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    const words = open ? this.input.dataset.suggestCount : this.input.dataset.suggestNone;
    this.status.textContent = words.replace("{count}", suggestions.length);
  }

  option({ text, detail }, place) {
    const option = element("li", "suggestion", { role: "option", id: `${this.list.id}-${place}` });
    option.setAttribute("aria-selected", "false");
    option.dataset.text = text;
    option.append(element("span", "suggestion-text", {}, text));
    if (detail) option.append(" ", element("span", "suggestion-detail", {}, detail));
    return option;
  }

  press(event) {
    const options = this.list.children.length;
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (this.list.hidden || !options) {
      return;
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // One place more than options: the box itself, with what was typed.
      this.move(((this.active + 1 + step + options + 1) % (options + 1)) - 1);
    } else if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      this.choose(this.list.children[this.active]);
    }
  }

  move(place) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = place;
    const option = this.list.children[place];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  click(event) {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) this.choose(option);
  }

  choose(option) {
    this.input.value = option.dataset.text;
    this.close();
    // On to the ZIP code, where it is asked for and not given; pressing Enter searches.
    const { near } = this.input.form.elements;
    if (near && !near.value) near.focus();
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.list.hidden = true;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.move(-1);
  }
}

function element(tag, className, attributes, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

for (const input of document.querySelectorAll("input[data-suggest]")) new Suggestions(input);
