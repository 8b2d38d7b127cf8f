// On a narrow window each row of a wide table stands below the one before, and each cell has the
// head of its column beside it. Without a script the table scrolls sideways.
"use strict";

for (const table of document.querySelectorAll(".table-scroll > table")) {
  const heads = [...table.querySelectorAll("thead th")];
  if (!heads.length || table.querySelector("[rowspan], tbody [colspan]")) continue;
  table.classList.add("is-stacked");
  // A table whose parts are blocks is none to screen readers, unless it says so.
  table.setAttribute("role", "table");
  for (const part of table.querySelectorAll("thead, tbody, tfoot")) part.setAttribute("role", "rowgroup");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    [...row.cells].forEach((cell, place) => {
      if (cell.scope === "col") cell.setAttribute("role", "columnheader");
      else cell.setAttribute("role", cell.scope === "row" ? "rowheader" : "cell");
      const label = heads[place]?.textContent.trim() ?? "";
      cell.dataset.label = cell.textContent.trim() === label ? "" : label;
      cell.classList.toggle("is-empty", !cell.textContent.trim() && !cell.children.length);
    });
  }
}

// There, what need not be open is folded as well.
if (matchMedia("(max-width: 40rem)").matches) {
  for (const part of document.querySelectorAll("details[data-fold-narrow]")) part.open = false;
}
