// Deletes what releases up to 0.2 kept on a device: a page of help lines, a locked copy of the list
// and its key, and the worker that showed them. It goes with the release after this one.
"use strict";

(async () => {
  if (!window.caches || !navigator.serviceWorker) return;
  const { scope } = document.currentScript.dataset;
  document.cookie = "list_key=; Path=/; Max-Age=0";
  const names = await caches.keys();
  const ours = names.filter((each) => each.startsWith("referral-"));
  const workers = await navigator.serviceWorker.getRegistrations();
  const within = workers.filter((each) => new URL(each.scope).pathname === scope);
  await Promise.all([
    ...ours.map((each) => caches.delete(each)),
    ...within.map((each) => each.unregister()),
  ]);
})().catch(() => {}); // a browser without storage keeps nothing
