// Takes the place of the worker of releases up to 0.2, ends it, and deletes what it kept.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(end()));

async function end() {
  const names = await caches.keys();
  const ours = names.filter((each) => each.startsWith("referral-"));
  await Promise.all(ours.map((each) => caches.delete(each)));
  await self.registration.unregister();
}
