// Takes the place of an earlier worker where nothing may be kept: at a shared computer, for staff.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(end()));

async function end() {
  const names = await caches.keys();
  const ours = names.filter((each) => each.startsWith("referral-"));
  await Promise.all(ours.map((each) => caches.delete(each)));
  await self.registration.unregister();
}
