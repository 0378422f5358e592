// Makes open pages follow what happens. Everything works without it.
"use strict";

const PAUSE_MILLISECONDS = 1000; // many changes in a row are one look

function isInUse(region) {
  return region.contains(document.activeElement) || region.querySelector("input:checked") !== null;
}

async function lookAgain() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) {
    return; // signed out, or out of reach: the next click tells
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of document.querySelectorAll("[data-live]")) {
    const now = fresh.getElementById(region.id);
    if (now !== null && !isInUse(region) && now.innerHTML !== region.innerHTML) {
      const open = [...region.querySelectorAll("details")].map((each) => each.open);
      region.replaceWith(now);
      now.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? false; });
    }
  }
}

function follow() {
  if (document.querySelector("[data-live]") === null || !("EventSource" in window)) {
    return;
  }
  let waiting = null;
  const source = new EventSource("/console/live");
  source.addEventListener("change", () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      lookAgain().catch(() => {});
    }, PAUSE_MILLISECONDS);
  });
}

follow();
