// Passkeys: has the browser make one, or answer with one, and sends the answer by the form.
"use strict";

(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const described = (known) => known.map((each) => ({ ...each, id: bytes(each.id) }));

  const ask = (kind, options) => {
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (kind === "use") {
      publicKey.allowCredentials = described(options.allowCredentials ?? []);
      return navigator.credentials.get({ publicKey });
    }
    publicKey.user = { ...options.user, id: bytes(options.user.id) };
    publicKey.excludeCredentials = described(options.excludeCredentials ?? []);
    return navigator.credentials.create({ publicKey });
  };

  // What the server checks, and nothing else that the device says of itself.
  const answerOf = (kind, { id, type, response }) => {
    const names = ["clientDataJSON"].concat(
      kind === "use" ? ["authenticatorData", "signature"] : ["attestationObject"],
    );
    const said = Object.fromEntries(names.map((name) => [name, text(response[name])]));
    return JSON.stringify({ id, rawId: id, type, response: said });
  };

  const prepare = (form) => {
    const { passkey: kind, options, origin } = form.dataset;
    const alert = form.querySelector("[role=alert]");
    const button = form.querySelector("[type=submit]");
    const say = (words) => {
      alert.textContent = words;
      alert.hidden = !words;
    };
    form.hidden = false;
    if (location.origin !== origin) {
      button.hidden = true;
      say(form.dataset.elsewhere);
      return;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      say("");
      try {
        const asked = await fetch(options, { cache: "no-store" });
        const made = await ask(kind, await asked.json());
        form.querySelector("[data-credential]").value = answerOf(kind, made);
        form.submit();
      } catch {
        // Closing the dialog, no such passkey, or no network: another try may do.
        say(form.dataset.failed);
        button.focus();
      } finally {
        button.disabled = false;
      }
    });
  };

  if (!window.PublicKeyCredential) return;
  for (const other of document.querySelectorAll("[data-without-passkeys]")) other.hidden = true;
  document.querySelectorAll("form[data-passkey]").forEach(prepare);
})();
