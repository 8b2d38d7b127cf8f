// Shares a service or the list by the device's own dialog; shown where the device has one.
"use strict";

(() => {
  if (!navigator.share) return;
  for (const button of document.querySelectorAll("[data-share]")) {
    const { share: text, shareTitle: title, shareLink } = button.dataset;
    button.closest(".share-way").hidden = false;
    button.addEventListener("click", () => {
      // Closing the dialog is no fault.
      navigator.share({ title, text, ...(shareLink && { url: shareLink }) }).catch(() => {});
    });
  }
})();
