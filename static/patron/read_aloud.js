// Reads a page aloud, by voices of this device only: a remote voice would send the text to a
// company. The button is shown where there is such a voice for each language of the text. Pausing
// ends the sentence and going on begins it again, since not all browsers can pause a voice.
"use strict";

(() => {
  const box = document.querySelector(".read-aloud");
  const speech = window.speechSynthesis;
  if (!box || !speech) return;
  const button = box.querySelector("[data-read-aloud]");
  const words = button.querySelector("span");
  const stopButton = box.querySelector("[data-read-stop]");
  const { read, pause, goOn } = box.dataset;
  const sentences = [...box.querySelector("[data-spoken]").children].flatMap((part) =>
    part.textContent
      .split(/(?<=[.!?;])\s+/)
      .filter((text) => text.trim())
      .map((text) => ({ text, language: part.lang })),
  );
  let at = 0;
  let current = null; // what is being said; another one's end counts for nothing

  function voiceFor(language) {
    const own = speech
      .getVoices()
      .filter((voice) => voice.localService && voice.lang.split(/[-_]/)[0] === language);
    return own.find((voice) => voice.default) ?? own[0];
  }

  function offer() {
    const languages = new Set(sentences.map(({ language }) => language));
    box.hidden = !languages.size || ![...languages].every(voiceFor);
    if (box.hidden) stop();
  }

  function say() {
    const voice = at < sentences.length && voiceFor(sentences[at].language);
    if (!voice) return stop();
    const said = new SpeechSynthesisUtterance(sentences[at].text);
    said.voice = voice;
    said.lang = voice.lang;
    said.onend = () => {
      if (said !== current) return;
      at += 1;
      say();
    };
    said.onerror = () => said === current && stop();
    current = said;
    speech.speak(said);
    show(pause);
  }

  function silence() {
    if (current) speech.cancel();
    current = null;
  }

  function stop() {
    silence();
    at = 0;
    show(read);
  }

  function show(label) {
    words.textContent = label;
    if (label === read && document.activeElement === stopButton) button.focus();
    stopButton.hidden = label === read;
  }

  button.addEventListener("click", () => {
    if (!current) return say();
    silence();
    show(goOn);
  });
  stopButton.addEventListener("click", stop);
  speech.addEventListener?.("voiceschanged", offer);
  document.addEventListener("leaving", stop);
  window.addEventListener("pagehide", stop);
  offer();
})();
