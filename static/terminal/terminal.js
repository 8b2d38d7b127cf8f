// At a shared computer: asks after a while whether somebody is there, and if not forgets; goes
// nowhere while the server is away, and goes on by itself when it is back. The visit ends by the
// server's clock in any case; touches are reported to it, since reading asks for no page. Keeps
// nothing; terminal_tab.js notes in the tab when a page of it was last shown.
"use strict";

(() => {
  const TICK_MS = 500;
  const REST_MS = 1000;
  const TRY_AGAIN_MS = 3000;
  const ANSWER_WITHIN_MS = 4000;
  const REPORT_MS = 15000; // the server counts on it
  const TABS_ANSWER_WITHIN_MS = 1500;
  const asking = document.getElementById("still-there");
  const away = document.getElementById("server-away");
  const { wipe, home, alive, report } = asking.dataset;
  const freshMs = Number(asking.dataset.fresh) * 1000; // 0 once more than the start page was seen
  const idleMs = Number(asking.dataset.idle) * 1000;
  const answerMs = Number(asking.dataset.answer) * 1000;
  const countdown = asking.querySelector(".countdown");
  const status = asking.querySelector("[role=status]");
  const others = new BroadcastChannel("referral-terminal"); // windows of this browser
  const loaded = Date.now();
  let touched = loaded;
  history.replaceState(null, ""); // forgets a form that was posted to this page
  let reported = loaded;
  let told = loaded;
  let over = false;
  let closing;

  // Any key, click or touch answers. A moving mouse does too, but the question stays until it
  // rests, so that a click meant for the button does not fall through to the page.
  function touch(event) {
    const { type } = event;
    if (type === "pointermove" && !event.movementX && !event.movementY) return; // a new layout
    touched = Date.now();
    if (touched - reported > REPORT_MS) sayHere();
    if (touched - told > REST_MS) tellTabs();
    if (!asking.open) return;
    clearTimeout(closing);
    if (type === "keydown") event.preventDefault();
    if (type === "keydown" || type === "click") asking.close();
    else closing = setTimeout(() => asking.close(), REST_MS);
  }

  async function sayHere() {
    reported = Date.now();
    try {
      const answer = await fetch(report, { method: "POST", cache: "no-store" });
      if (answer.status === 410 && !over) forget(); // as after a computer has slept
    } catch {
      // The server is away; it is asked again with the next touch.
    }
  }

  // Who reads in one tab has not gone from another.
  function tellTabs() {
    told = touched;
    others.postMessage("touched");
  }

  function look() {
    const left = touched + idleMs + answerMs - Date.now();
    if (over) return;
    if (isFresh()) {
      if (Date.now() - loaded > freshMs) remake();
      return;
    }
    if (left <= 0) forget();
    else if (left <= answerMs) ask(Math.ceil(left / 1000));
  }

  // A start page that nobody has touched has nothing to forget.
  function isFresh() {
    const typed = [...document.querySelectorAll("main input:not([type=hidden])")];
    return freshMs && typed.every((input) => !input.value);
  }

  function ask(seconds) {
    if (!asking.open) asking.showModal();
    countdown.textContent = seconds;
    const said = status.dataset.words.replace("{count}", seconds);
    if ([30, 20, 10, 5].includes(seconds) && status.textContent !== said) status.textContent = said;
  }

  // Its addresses do not work forever.
  async function remake() {
    over = true;
    await whenReached();
    location.replace(home);
  }

  async function forget() {
    over = true;
    blank();
    show();
    others.postMessage("over");
    await whenReached();
    location.replace(wipe);
  }

  function blank() {
    for (const form of document.forms) form.reset();
    for (const part of [...document.body.children]) if (part !== away) part.remove();
  }

  // ---- the server away and back

  async function isReached() {
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      return (await fetch(alive, { cache: "no-store", signal })).ok;
    } catch {
      return false;
    }
  }

  async function whenReached() {
    while (!(await isReached())) {
      if (!away.open) away.showModal();
      await new Promise((done) => setTimeout(done, TRY_AGAIN_MS));
    }
    if (away.open) away.close();
  }

  async function go(event, on) {
    event.preventDefault();
    await whenReached();
    on();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const stays = !link || link.origin !== location.origin || "exit" in link.dataset;
    const opensTab = event.ctrlKey || event.metaKey || event.shiftKey || link?.target === "_blank";
    if (stays || opensTab || event.defaultPrevented || link.getAttribute("href").startsWith("#")) return;
    if (link.href.endsWith(wipe)) others.postMessage("over");
    go(event, () => location.assign(link.href));
  });
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    const { target, submitter } = event;
    go(event, () => {
      if (submitter?.name) {
        const sent = document.createElement("input");
        Object.assign(sent, { type: "hidden", name: submitter.name, value: submitter.value });
        target.append(sent);
      }
      if (submitter?.hasAttribute("formaction")) target.action = submitter.formAction;
      target.submit();
    });
  });

  // ---- somebody is there, or has gone

  for (const kind of ["click", "keydown", "pointerdown", "pointermove", "wheel", "input"]) {
    document.addEventListener(kind, touch, { capture: true, passive: kind !== "keydown" });
  }
  document.addEventListener("leaving", () => {
    over = true;
    others.postMessage("over");
  });
  asking.addEventListener("cancel", touch);
  away.addEventListener("cancel", (event) => event.preventDefault());
  others.addEventListener("message", ({ data }) => {
    if (data === "over") {
      over = true;
      blank();
      location.replace(home);
    } else if (data === "touched") {
      touched = Date.now();
      if (asking.open) asking.close();
    } else if (data === "who is here" && !over && !isUnknown()) {
      others.postMessage("here");
    } else if (data === "here") {
      show();
    }
  });
  if (freshMs || !asking.dataset.continues) show();
  else if (isUnknown()) judge();
  setInterval(look, TICK_MS);

  // A tab that came from no page of ours. One that a link opened has another tab beside it; who opens
  // the start page, or any page alone, is somebody else: the last person closed theirs.
  function judge() {
    if (asking.dataset.start) {
      forget();
      return;
    }
    others.postMessage("who is here");
    setTimeout(() => isUnknown() && !over && forget(), TABS_ANSWER_WITHIN_MS);
  }

  function isUnknown() {
    return document.documentElement.classList.contains("is-new-tab");
  }

  function show() {
    document.documentElement.classList.remove("is-new-tab");
  }
})();
