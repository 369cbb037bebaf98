"use strict";

// Everything works without this: it saves a second click, a reload and a wait.

const EVERY_MS = 1000;

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    const card = form.closest("article, section, details") ?? form;
    card.setAttribute("aria-busy", "true");
    for (const button of card.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
}

// A page taken back out of the browser's memory shows what was true then.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

const fresh = document.querySelector("[data-fresh]");
let failures = 0;

function tell(text, link) {
  if (fresh.textContent.startsWith(text)) return;
  fresh.textContent = text;
  if (!link) return;
  const again = document.createElement("a");
  again.href = location.pathname + location.search;
  again.textContent = link;
  fresh.append(" ", again);
}

async function lookForChanges() {
  const news = await ask("/live");
  failures = news ? 0 : failures + 1;
  if (failures > 2) tell("This page has lost its server: it has stopped, or you were away for long.", "");
  if (!news) return;
  document.title = document.title.replace(/^(\(\d+\) )?/, news.waiting ? `(${news.waiting}) ` : "");
  if (news.stamp === document.body.dataset.stamp || document.querySelector("[data-live]")) {
    if (failures === 0) fresh.textContent = "";
    return;
  }
  // Nothing moves under a person's finger: what changed is announced, and shown when they ask.
  if (!document.querySelector("article, details[open] textarea")) location.reload();
  else tell("Something has changed.", "Show it");
}

const live = document.querySelector("[data-live]");

function count(seconds) {
  const shown = document.querySelector("[data-seconds]");
  if (shown) shown.textContent = `${shown.dataset.what} ${seconds > 0 ? `in ${seconds} s` : "now"}`;
}

async function follow() {
  const news = await ask(live.dataset.live);
  if (!news) return;
  count(news.seconds);
  if (news.mark === live.dataset.mark) return;
  live.dataset.mark = news.mark;
  document.querySelector("[data-outcome]").innerHTML = news.outcome;
  document.querySelector("[data-history]").innerHTML = news.history;
  document.title = news.title;
  if (!news.waits) document.querySelector("[data-undo]")?.remove();
  if (news.back) location.reload();
  if (!news.moving) live.removeAttribute("data-live");
}

setInterval(() => {
  if (live?.hasAttribute("data-live")) follow();
}, EVERY_MS);
setInterval(lookForChanges, 2 * EVERY_MS);
