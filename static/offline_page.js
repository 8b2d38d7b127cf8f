// The page that stands in for others without a network: shows the list that was seen last, if its
// key is still there. It does not reload by itself: a weak network comes and goes while one reads.
"use strict";

(() => {
  const { list, cache: name, key: cookie } = document.currentScript.dataset;
  const place = document.getElementById("kept-list");
  const link = document.getElementById("to-kept-list");

  function keyOf() {
    const pair = document.cookie.split("; ").find((each) => each.startsWith(`${cookie}=`));
    const value = pair?.slice(cookie.length + 1);
    return value && Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
  }

  async function readList() {
    const raw = keyOf();
    if (!raw) {
      await caches.delete(name); // what nobody can read any more
      return "";
    }
    const kept = await caches.match(list, { cacheName: name });
    if (!kept) return "";
    const locked = await kept.arrayBuffer();
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
    const iv = locked.slice(0, 12);
    const content = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, locked.slice(12));
    return new TextDecoder().decode(content);
  }

  async function show() {
    const html = await readList();
    if (!html) return;
    if (location.pathname !== new URL(link.querySelector("a").href).pathname) {
      link.hidden = false;
      return;
    }
    // It came from this server, and only this browser session has the key it is locked with.
    const rules = { createHTML: (text) => text };
    const policy = window.trustedTypes?.createPolicy("referral-list", rules);
    place.innerHTML = policy?.createHTML(html) ?? html;
    place.hidden = false;
    document.title = place.querySelector("h1").textContent;
    document.getElementById("offline-title").hidden = true;
  }

  document.getElementById("try-again").addEventListener("click", () => location.reload());
  // Leaving takes the key at once, and what it is for.
  document.addEventListener("leaving", () => {
    document.cookie = `${cookie}=; Path=/; Max-Age=0`;
    caches.delete(name);
  });
  show().catch(() => {});
})();
