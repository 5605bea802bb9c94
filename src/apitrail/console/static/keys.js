// Keys: through rows with j and k, to the session before and after with [ and ], help with ?.

const $ = (selector, root = document) => root.querySelector(selector);
const help = $("#keys");
const shown = (one) => one.getClientRects().length > 0;
const rows = () => [...document.querySelectorAll("main a.stretch")].filter(shown);

// The row after or before the one in focus; where none is, the first, or what is opened.
function step(by) {
  const all = rows();
  const here = document.activeElement?.closest("tr");
  const at = here ? all.findIndex((link) => link.closest("tr") === here) : -1;
  const opened = all.findIndex((link) => link.getAttribute("aria-expanded") === "true");
  const next = at >= 0 ? at + by : Math.max(opened, 0);
  const link = all[Math.min(Math.max(next, 0), all.length - 1)];
  link?.focus({ focusVisible: true });
  link?.closest("tr").scrollIntoView({ block: "nearest" });
}

// The session before or after: in the list the next row, on a page of its own the next one of the same user or address.
function neighbour(by) {
  const near = $(`.near a[rel=${by > 0 ? "next" : "prev"}]`);
  const list = [...document.querySelectorAll(".list > tbody > .row a.stretch[aria-expanded]")];
  const at = list.findIndex((link) => link.getAttribute("aria-expanded") === "true");
  const link = list.length ? list[at < 0 ? (by > 0 ? 0 : -1) : at + by] : near;
  if (link) location.href = link.href;
}

function tick() {
  const box = $("input[type=checkbox]", document.activeElement?.closest("tr") ?? document.createElement("p"));
  box?.click();
}

// What is opened last is closed first: a request, else the session.
function close() {
  const open = [...document.querySelectorAll('main a.stretch[aria-expanded="true"]')].filter(shown).at(-1);
  if (open) location.href = open.href;
}

const KEYS = {
  j: () => step(1), k: () => step(-1), "]": () => neighbour(1), "[": () => neighbour(-1), x: tick,
  "?": () => help.showModal(), Escape: close,
};

document.addEventListener("keydown", (event) => {
  const inside = event.target.matches("input:not([type=checkbox]),select,textarea");
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || help.open || $("details.pop[open]")) return;
  if (inside) { if (event.key === "Escape") event.target.blur(); return; }
  const act = KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});

const button = $("[data-keys]");
button.hidden = false;
button.addEventListener("click", () => help.showModal());
help.addEventListener("click", (event) => { if (event.target === help) help.close(); });
