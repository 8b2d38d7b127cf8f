// Shows the map of a page when somebody asks for it, and loads nothing of it before.
// Leaflet writes one piece of HTML, to see whether the browser draws SVG; the policy of our pages
// admits that and our own copy of Leaflet, and nothing else.
"use strict";
(() => {
  const part = document.getElementById("places-map");
  const link = document.querySelector(".show-map");
  if (!part || !link || !part.querySelector(".map-frame")) return;

  function admitLeaflet() {
    if (!window.trustedTypes || window.trustedTypes.defaultPolicy) return;
    window.trustedTypes.createPolicy("default", {
      createHTML: (text) => (text === "<svg/>" ? text : null),
      createScriptURL: (address) => (address === part.dataset.script ? address : null),
    });
  }

  function load(element) {
    return new Promise((done, failed) => {
      element.addEventListener("load", done);
      element.addEventListener("error", failed);
      document.head.append(element);
    });
  }

  function addStyle(address) {
    const element = document.createElement("link");
    element.rel = "stylesheet";
    element.href = address;
    return load(element);
  }

  function addScript(address) {
    const element = document.createElement("script");
    element.src = address;
    return load(element);
  }

  function spots() {
    return [...part.querySelectorAll(".map-list li")].map((item) => ({
      number: String(item.value),
      at: [Number(item.dataset.latitude), Number(item.dataset.longitude)],
      about: "about" in item.dataset,
      link: item.querySelector("a"),
    }));
  }

  function mark(map, spot) {
    const dot = document.createElement("span");
    dot.className = spot.about ? "map-pin is-about" : "map-pin";
    dot.textContent = spot.number;
    // For the mouse and the finger only: the numbered list is there for everybody.
    const marker = window.L.marker(spot.at, {
      keyboard: false,
      icon: window.L.divIcon({ className: "map-pin-box", html: dot, iconSize: [32, 32] }),
    }).addTo(map);
    if (spot.link) marker.on("click", () => { spot.link.click(); });
  }

  async function draw() {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = window.L.map(part.querySelector(".map-frame"), {
      attributionControl: false, zoomControl: false, maxZoom: 17, minZoom: 5,
      fadeAnimation: !still, zoomAnimation: !still, markerZoomAnimation: !still, inertia: !still,
      scrollWheelZoom: false, // the page scrolls; the buttons and the keys zoom
    });
    const found = spots();
    map.fitBounds(window.L.latLngBounds(found.map((spot) => spot.at)), { padding: [32, 32], maxZoom: 13 });
    map.getPane("markerPane").setAttribute("aria-hidden", "true");
    if (part.dataset.tiles) window.L.tileLayer(part.dataset.tiles).addTo(map);
    for (const spot of found) mark(map, spot);
    for (const button of part.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => map.setZoom(map.getZoom() + Number(button.dataset.zoom)));
    }
    const answer = await fetch(part.dataset.outlines);
    const style = { className: "map-line", interactive: false, fill: false };
    window.L.geoJSON(await answer.json(), { style, interactive: false }).addTo(map);
  }

  link.addEventListener("click", async (event) => {
    event.preventDefault();
    part.hidden = false;
    link.hidden = true;
    part.focus();
    try {
      admitLeaflet();
      await Promise.all([
        addStyle(part.dataset.style), addStyle(part.dataset.ownStyle), addScript(part.dataset.script),
      ]);
      await draw();
    } catch {
      part.querySelector(".map-words").textContent = part.querySelector(".map-words").dataset.failed;
    }
  });
})();
