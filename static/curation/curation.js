// Comfort for long forms: adding, removing and finding keep the place on the page, and nobody
// leaves with something unsaved by mistake. Without this script every button works as well.
"use strict";

const STAYS = /^(?:add|remove|find|check)/;
let isChanged = false;

document.addEventListener("input", (event) => {
  if (event.target.closest(".edit-form")) isChanged = true;
  if (event.target.matches("[data-read-hours]")) readSoon(event.target);
});

// Hours are read while they are typed. What comes back late, of words that changed since, is dropped.
const PAUSE = 250;
let waiting;

function readSoon(field) {
  clearTimeout(waiting);
  waiting = setTimeout(() => readHours(field), PAUSE);
}

function readHours(field) {
  const typed = field.value;
  const data = new FormData();
  data.set("hours", typed);
  data.set("csrf_token", field.form.elements.csrf_token.value);
  const request = new XMLHttpRequest();
  request.open("POST", field.dataset.readHours);
  request.responseType = "document";
  request.addEventListener("load", () => {
    const body = request.status === 200 && request.response?.body;
    if (!body || field.value !== typed) return;
    field.closest(".field").nextElementSibling.replaceChildren(...body.childNodes);
  });
  request.send(data);
}

// Ctrl+Enter saves from any field.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest(".edit-form");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector(".edit-actions [value=save]"));
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest(".edit-form");
  if (!form) return;
  const button = event.submitter;
  if (!button || !STAYS.test(button.value)) {
    isChanged = false;
    return;
  }
  event.preventDefault();
  isChanged = true;
  send(form, button);
});

window.addEventListener("beforeunload", (event) => {
  if (isChanged) event.preventDefault();
});

function send(form, button) {
  const request = new XMLHttpRequest();
  request.open("POST", form.getAttribute("action") || location.href);
  request.responseType = "document";
  const data = new FormData(form, button);
  button.disabled = true;
  request.addEventListener("load", () => {
    const main = request.response && request.response.getElementById("main");
    if (main) show(main, button.value);
    else form.submit();
  });
  request.addEventListener("error", () => {
    button.disabled = false;
  });
  request.send(data);
}

function show(main, pressed) {
  const [verb, kind] = pressed.split(":");
  const top = window.scrollY;
  document.getElementById("main").replaceWith(document.adoptNode(main));
  window.scrollTo({ top, behavior: "instant" });
  document.dispatchEvent(new Event("form-shown"));
  const rows = document.getElementById(`rows-${kind}`);
  if (!rows) return;
  const fields = rows.querySelectorAll(".edit-row:last-of-type :is(input, select, textarea):not([type=hidden])");
  const target = verb === "add" ? fields[0] : rows.querySelector(":scope > button");
  if (target) target.focus();
}
