// Leads from the page of a service back to the results before it in this tab, to the same place on
// them. Only the browser knows of them: a page of results marks its entry in the history of the tab,
// and nothing of the search goes into an address or is kept.
"use strict";

(() => {
  const { navigation } = window;
  if (!navigation?.currentEntry) return; // an older browser: its own Back does it
  const button = document.querySelector("[data-back]");
  if (!button) {
    navigation.updateCurrentEntry({ state: { isResults: true } });
    return;
  }
  const earlier = navigation.entries().slice(0, navigation.currentEntry.index);
  const results = earlier.findLast((entry) => entry.getState()?.isResults);
  if (!results) return;
  button.hidden = false;
  button.addEventListener("click", () => navigation.traverseTo(results.key));
})();
