// Sets the position of a place by a click on its map, or by arrow keys. Latitude and longitude are
// in the two fields of the form: without this script they are typed.
"use strict";
(() => {
  const TILE = 256;
  const STEP = 0.0002; // degrees, some 20 m
  const FAR = 10; // steps with Shift
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };
  const before = []; // texts of the fields before each move

  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("form-shown", prepare);

  document.addEventListener("click", (event) => {
    const map = event.target.closest("[data-pin-map]");
    if (map) {
      const drawing = map.querySelector("svg");
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
      set(map, placeAt(frame(map), place.x, place.y));
    } else if (event.target.closest("[data-pin-undo]")) undo();
  });

  document.addEventListener("keydown", (event) => {
    const map = event.target.closest("[data-pin-map]");
    const move = MOVES[event.key];
    if (!map || !move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const steps = STEP * (event.shiftKey ? FAR : 1);
    const [latitude, longitude] = pinned(map);
    set(map, [latitude + move[0] * steps, longitude + move[1] * steps]);
  });

  document.addEventListener("input", (event) => {
    const map = document.querySelector("[data-pin-map]");
    if (map && fields(map).includes(event.target)) draw(map);
  });

  function prepare() {
    const map = document.querySelector("[data-pin-map]");
    if (!map) return;
    before.length = 0;
    map.tabIndex = 0;
    map.setAttribute("role", "application");
    map.setAttribute("aria-label", map.dataset.label);
    map.setAttribute("aria-describedby", "pin-help");
    document.getElementById("pin-help").hidden = false;
    document.querySelector("[data-pin-undo]").hidden = false;
    draw(map);
  }

  function fields(map) {
    return [map.dataset.latitudeField, map.dataset.longitudeField].map((id) => document.getElementById(id));
  }

  // What is typed, else the middle of the map.
  function pinned(map) {
    const typed = fields(map).map((field) => Number.parseFloat(field.value));
    const isPlace = typed.every(Number.isFinite) && Math.abs(typed[0]) <= 85 && Math.abs(typed[1]) <= 180;
    return isPlace ? typed : [Number(map.dataset.latitude), Number(map.dataset.longitude)];
  }

  function set(map, [latitude, longitude]) {
    before.push(fields(map).map((field) => field.value));
    write(map, [Math.max(-85, Math.min(85, latitude)).toFixed(6), longitude.toFixed(6)]);
  }

  function undo() {
    const map = document.querySelector("[data-pin-map]");
    if (map && before.length) write(map, before.pop());
  }

  function write(map, texts) {
    fields(map).forEach((field, number) => {
      field.value = texts[number];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    draw(map);
    const said = map.dataset.said.replace("{place}", pinned(map).map((each) => each.toFixed(5)).join(", "));
    document.querySelector("[data-pin-said]").textContent = said;
  }

  function draw(map) {
    const { scale, left, top } = frame(map);
    const [x, y] = worldPoint(...pinned(map));
    map.querySelector("[data-pin]").setAttribute("transform", `translate(${x * scale - left} ${y * scale - top})`);
    const button = document.querySelector("[data-pin-undo]");
    button.disabled = before.length === 0;
  }

  // As referral/web/maps/frame.py: Web Mercator, shares of the Earth from its upper left corner.
  function frame(map) {
    const { width, height } = map.querySelector("svg").viewBox.baseVal;
    const scale = TILE * 2 ** Number(map.dataset.zoom);
    const [x, y] = worldPoint(Number(map.dataset.latitude), Number(map.dataset.longitude));
    return { scale, left: x * scale - width / 2, top: y * scale - height / 2 };
  }

  function worldPoint(latitude, longitude) {
    return [longitude / 360 + 0.5, 0.5 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / (2 * Math.PI)];
  }

  function placeAt({ scale, left, top }, x, y) {
    const latitude = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (top + y)) / scale))) * 180) / Math.PI;
    return [latitude, ((left + x) / scale - 0.5) * 360];
  }
})();
