// Help lines and the list that was seen last, without a network. The server puts `shell` before this:
// the name of a cache, the page that stands in for others, and its files. Nothing else is ever
// stored here: no page of results, of staff, or with a query. Pages come from the network first.
"use strict";

/* global shell */
const OURS = "referral-";

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (shell.files.includes(pathname + search)) event.respondWith(file(request));
});

async function install() {
  const cache = await caches.open(shell.name);
  await cache.addAll([shell.page, ...shell.files]);
  await self.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((each) => each.startsWith(`${OURS}shell`) && each !== shell.name);
  await Promise.all(old.map((each) => caches.delete(each)));
  await self.registration.navigationPreload?.enable(); // the network does not wait for this script
  await self.clients.claim();
}

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(shell.page, { cacheName: shell.name })) ?? Response.error();
  }
}

async function file(request) {
  return (await caches.match(request, { cacheName: shell.name })) ?? fetch(request);
}
