// Shows the map of a page, and moves it, without loading the rest again: the server draws it, and
// this puts the part of the next page in place of this one's. Without it the same links load pages.
"use strict";
(() => {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-map]");
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    show(link);
  });

  function show(link) {
    const address = link.getAttribute("href"); // in a drawing, href is no text
    const asking = new XMLHttpRequest(); // it makes a document of the answer; fetch would give text
    asking.open("GET", address);
    asking.responseType = "document";
    asking.addEventListener("load", () => {
      const part = asking.response?.querySelector("[data-map-part]:has(#places-map)");
      if (asking.status !== 200 || !part) follow(address);
      else put(part, asking.response, address, link.dataset.map);
    });
    asking.addEventListener("error", () => follow(address));
    asking.setRequestHeader("Accept", "text/html");
    asking.send();
    link.setAttribute("aria-busy", "true");
  }

  // As a link of the page, so that a terminal waits where the server is away.
  function follow(address) {
    const link = document.createElement("a");
    link.href = address;
    document.body.append(link);
    link.click();
    link.remove();
  }

  function put(part, page, address, name) {
    const place = document.querySelector("[data-map-part]");
    addStyle(page).then(() => {
      place.replaceWith(document.adoptNode(part));
      const kept = window.navigation?.currentEntry?.getState(); // of back.js
      history.replaceState(history.state, "", address);
      if (kept) window.navigation.updateCurrentEntry({ state: kept });
      for (const other of document.querySelectorAll(".show-map")) other.hidden = true;
      const same = name && [...part.querySelectorAll(`[data-map="${name}"]`)].find((each) => each.checkVisibility());
      (same || part.querySelector("#places-map")).focus();
    });
  }

  // Its sheet is loaded with the first map.
  function addStyle(page) {
    const sheet = page.querySelector('link[href*="/map.css"]');
    if (!sheet || document.querySelector(`link[href="${sheet.getAttribute("href")}"]`)) return Promise.resolve();
    const element = document.createElement("link");
    element.rel = "stylesheet";
    element.href = sheet.href;
    return new Promise((done) => {
      element.addEventListener("load", done);
      element.addEventListener("error", done);
      document.head.append(element);
    });
  }
})();
