// Keeps the help lines and the list that was seen last for times without a network, and forgets
// them. The list is locked by a key in a cookie that ends with the browser's session, as the list
// itself does: what is left on the device after that cannot be read. At a shared computer, and for
// staff, everything from before is thrown away.
"use strict";

(() => {
  const { mode, worker, scope, list, mark } = document.currentScript.dataset;
  const { cache: name, key: cookie } = document.currentScript.dataset;
  const OURS = "referral-";
  let gone = false;
  if (!window.caches || !navigator.serviceWorker || !window.crypto?.subtle) return;

  function setKey(value) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    const end = value ? "" : "; Max-Age=0";
    document.cookie = `${cookie}=${value}; Path=/; SameSite=Strict${end}${secure}`;
  }

  // One key as long as there is a list: a page that is left while it writes spoils nothing.
  function keyOf() {
    const pair = document.cookie.split("; ").find((each) => each.startsWith(`${cookie}=`));
    const value = pair?.slice(cookie.length + 1);
    return value ? Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0)) : null;
  }

  function forgetList() {
    setKey("");
    return caches.delete(name);
  }

  async function forgetAll() {
    gone = true;
    setKey("");
    const names = await caches.keys();
    const ours = names.filter((each) => each.startsWith(OURS));
    const workers = await navigator.serviceWorker.getRegistrations();
    const within = workers.filter((each) => new URL(each.scope).pathname === scope);
    await Promise.all([
      ...ours.map((each) => caches.delete(each)),
      ...within.map((each) => each.unregister()),
    ]);
  }

  async function keepList() {
    const answer = await fetch(list, { cache: "no-store" });
    if (answer.status !== 200) return forgetList();
    const raw = keyOf() ?? crypto.getRandomValues(new Uint8Array(32));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
    const content = await answer.arrayBuffer();
    const locked = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, content);
    const headers = { "X-List-Mark": answer.headers.get("X-List-Mark") };
    const cache = await caches.open(name);
    if (gone) return forgetList();
    setKey(btoa(String.fromCharCode(...raw)).replaceAll("=", ""));
    await cache.put(list, new Response(new Blob([iv, locked]), { headers }));
    if (gone) return forgetList();
  }

  // A list that has changed is never left as it was; one that was never looked at is not kept.
  async function follow({ changed = false } = {}) {
    const kept = await caches.match(list, { cacheName: name });
    const isListPage = location.pathname === list.slice(0, list.lastIndexOf("/"));
    const hasKey = Boolean(keyOf());
    if (!mark && !changed) {
      if (kept || hasKey) await forgetList();
    } else if (kept || isListPage) {
      const isSame = hasKey && kept?.headers.get("X-List-Mark") === mark;
      if (changed || !isSame) await keepList();
    }
  }

  function register() {
    const rules = { createScriptURL: () => worker };
    const policy = window.trustedTypes?.createPolicy("referral-worker", rules);
    // The address says which version it is, so the browser need not ask with every page.
    const options = { scope, updateViaCache: "all" };
    return navigator.serviceWorker.register(policy?.createScriptURL("") ?? worker, options);
  }

  const quietly = (promise) => promise.catch(() => {}); // without storage, or with the server away
  if (mode !== "keep") {
    quietly(forgetAll());
    return;
  }
  document.addEventListener("leaving", () => quietly(forgetAll()));
  document.addEventListener("list-changed", () => quietly(follow({ changed: true })));
  quietly(follow());
  if (document.readyState === "complete") quietly(register());
  else window.addEventListener("load", () => quietly(register()));
})();
