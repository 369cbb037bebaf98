"use strict";

// Speaks MCP Apps (2026-01-26) with the host that shows this page. It asks for two things only: that a link be opened,
// and what became of the message. Whatever it is told is put in as text.

const KEY = "lofty-mcp/card";
const EVERY_MS = 5000;
const PAGE = /^http:\/\/127\.0\.0\.1:\d{1,5}\/message\/m-[0-9a-z]{8}$/;
const COLOURS = ["background-primary", "background-secondary", "text-primary", "text-secondary", "border-primary"];

const at = (id) => document.getElementById(id);
const asked = new Map();
let last = 0;
let capable = {};
let shown = null;
let looking = false;

function post(message) {
  window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
}

function ask(method, params) {
  return new Promise((resolve, reject) => {
    last += 1;
    asked.set(last, { resolve, reject });
    post({ id: last, method, params });
  });
}

function put(id, text) {
  at(id).textContent = text;
  at(id).hidden = !text;
}

function piece(kind, text, name) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function spell(place, parts) {
  for (const part of parts) {
    if (!part.name) {
      place.append(part.text);
      continue;
    }
    const sign = piece("mark", part.text);
    sign.title = part.name;
    sign.append(piece("span", ` (${part.name})`, "unseen"));
    place.append(sign);
  }
}

function show(card) {
  if (shown && card.id !== shown.id) return;
  shown = card;
  at("pending").hidden = true;
  at("card").hidden = false;
  at("sandbox").hidden = !card.sandbox;
  put("heading", card.heading);
  at("title").textContent = card.title;
  at("title").parentElement.className = `state ${card.tone}`;
  put("what", card.what);
  put("to", card.to);
  put("lead", card.lead);
  put("lead-id", card.lead_id);
  at("subject").replaceChildren();
  at("subject-line").hidden = !card.subject;
  if (card.subject) spell(at("subject"), card.subject);
  at("words").replaceChildren();
  at("words").hidden = !card.lines;
  for (const line of card.lines ?? []) {
    const row = piece("div", "", "line");
    row.dir = "auto";
    spell(row, line);
    at("words").append(row);
  }
  // a long text scrolls, and then has to be reachable by keyboard
  at("words").tabIndex = at("words").scrollHeight > at("words").clientHeight ? 0 : -1;
  put("size", [card.size, card.hash && `hash ${card.hash}`, card.expires && `expires in ${card.expires}`].filter(Boolean).join(" · "));
  put("marked", card.marked);
  at("unfaithful").hidden = card.faithful;
  at("findings").replaceChildren(
    ...card.findings.map((found) => {
      const row = piece("li", "", found.weight);
      row.append(piece("strong", found.label), found.text);
      return row;
    }),
  );
  at("findings").hidden = !card.findings.length;
  decide(card);
  put("as-of", card.as_of);
  at("again").hidden = !(card.moving && capable.serverTools);
}

function decide(card) {
  const page = PAGE.test(card.page ?? "") ? card.page : "";
  at("decide").hidden = !card.waits;
  at("where").textContent = page ? "on the approval page, or in a terminal:" : "in a terminal:";
  at("open").hidden = !(page && capable.openLinks);
  put("command", card.command);
  put("address", page && !capable.openLinks ? `The page, in the browser that has it open: ${page}` : "");
}

function take(result) {
  const card = result?._meta?.[KEY];
  if (card) show(card);
  else if (!shown) at("pending").textContent = "There is no message to show; the answer is in the chat.";
  return Boolean(card);
}

async function look() {
  if (looking || !shown?.moving || !capable.serverTools) return;
  looking = true;
  at("again").setAttribute("aria-disabled", "true");
  try {
    if (!take(await ask("tools/call", { name: "get_message", arguments: { message_id: shown.id } }))) stop();
  } catch {
    stop();
  }
  at("again").removeAttribute("aria-disabled");
  looking = false;
}

async function open() {
  try {
    const answer = await ask("ui/open-link", { url: shown.page });
    if (answer?.isError) throw new Error("refused");
  } catch {
    put("address", `It was not opened here. The page, in the browser that has it open: ${shown.page}`);
  }
}

function dress(context) {
  const root = document.documentElement.style;
  if (context?.theme === "light" || context?.theme === "dark") root.colorScheme = context.theme;
  const given = context?.styles?.variables ?? {};
  // some of a host's colours among ours could be unreadable
  const whole = COLOURS.every((name) => given[`--color-${name}`]);
  for (const name of whole ? COLOURS.map((each) => `--color-${each}`).concat("--font-sans", "--font-mono") : []) {
    if (given[name]) root.setProperty(name, given[name]);
  }
}

const clock = setInterval(() => {
  if (document.visibilityState === "visible") look();
}, EVERY_MS);

function stop() {
  clearInterval(clock);
}

window.addEventListener("message", ({ source, data }) => {
  if (source !== window.parent || data?.jsonrpc !== "2.0") return;
  if (!data.method) {
    const { resolve, reject } = asked.get(data.id) ?? {};
    asked.delete(data.id);
    if (data.error) reject?.(new Error("refused"));
    else resolve?.(data.result);
    return;
  }
  switch (data.method) {
    case "ui/notifications/tool-result":
      take(data.params);
      break;
    case "ui/notifications/tool-cancelled":
      at("pending").textContent = "The call was broken off; the outbox knows what became of its message.";
      break;
    case "ui/notifications/host-context-changed":
      dress(data.params);
      break;
    case "ui/resource-teardown":
      stop();
      post({ id: data.id, result: {} });
      break;
    case "ping":
      post({ id: data.id, result: {} });
      break;
    default:
      if (data.id !== undefined) post({ id: data.id, error: { code: -32601, message: "Method not found" } });
  }
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
at("again").addEventListener("click", look);
at("open").addEventListener("click", open);
new ResizeObserver(() => {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  post({ method: "ui/notifications/size-changed", params: { height } });
}).observe(document.documentElement);

ask("ui/initialize", {
  appInfo: { name: "lofty-message", version: "1" },
  appCapabilities: { availableDisplayModes: ["inline"] },
  protocolVersion: "2026-01-26",
}).then(
  (answer) => {
    capable = answer?.hostCapabilities ?? {};
    dress(answer?.hostContext);
    post({ method: "ui/notifications/initialized", params: {} });
    if (shown) show(shown);
  },
  () => put("pending", "This host does not show the card."),
);
