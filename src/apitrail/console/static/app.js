// Smooths what already works without it: copying, dropdowns without a reload, choosing an interval by dragging, live lists.

const $ = (selector, root = document) => root.querySelector(selector);

async function copy(text, button) {
  await navigator.clipboard.writeText(text);
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1200);
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-copy],[data-copy-link],[data-copy-href]");
  if (!target) return;
  event.preventDefault();
  const text = target.dataset.copy ?? (target.href || location.href);
  copy(text, target).catch(() => { if (target.href) location.href = target.href; });
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Dropdowns: their content is fetched when they open; only one is open at a time.
async function fill(details, search) {
  const panel = $("[data-facet-panel]", details);
  const params = new URLSearchParams(location.search);
  params.set("facet", details.dataset.facet);
  if (search) params.set("search", search); else params.delete("search");
  const turn = details.dataset.turn = String(Number(details.dataset.turn ?? 0) + 1);
  const text = await (await fetch(`${details.dataset.facets}?${params}`)).text();
  if (details.dataset.turn !== turn) return; // somebody typed on
  const before = [...panel.querySelectorAll("li")];
  panel.innerHTML = text; // our own template, escaped on the server
  keep(panel, before);
  const input = $("input[type=search]", panel);
  if (input) { input.focus(); input.setSelectionRange(input.value.length, input.value.length); }
}

// What was chosen before a search stays chosen, on top of what was found; what was dropped stays dropped.
function keep(panel, before) {
  const list = $("ul", panel);
  if (!list) return;
  const box = (item) => $("input", item);
  for (const item of before) {
    if (box(item).checked === box(item).defaultChecked && !box(item).checked) continue;
    for (const found of [...list.children]) if (box(found).value === box(item).value) found.remove();
    list.prepend(item);
  }
}

for (const details of document.querySelectorAll("details.pop")) {
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    for (const other of document.querySelectorAll("details.pop[open]")) if (other !== details) other.open = false;
    if (details.dataset.facet && !$("form", details)) fill(details, "").catch(() => { location.href = details.dataset.href; });
  });
}
document.addEventListener("click", (event) => {
  if (!event.target.closest("details.pop")) for (const open of document.querySelectorAll("details.pop[open]")) open.open = false;
});
let typing;
document.addEventListener("input", (event) => {
  const details = event.target.closest("details[data-facet]");
  if (!details || event.target.type !== "search") return;
  clearTimeout(typing);
  typing = setTimeout(() => fill(details, event.target.value), 200);
});

// Keys.
document.addEventListener("keydown", (event) => {
  const open = $("details.pop[open]");
  if (event.key === "Escape" && open) { open.open = false; $("summary", open).focus(); return; }
  if (event.target.matches("input,select,textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { event.preventDefault(); $("#q")?.focus(); }
});

// Dragging over the histogram chooses the interval from the first bar to the last.
function watchHistogram() {
  const svg = $("#histogram svg");
  if (!svg) return;
  let first = null, last = null;
  const bars = [...svg.querySelectorAll("a")];
  const mark = () => {
    const [low, high] = [bars.indexOf(first), bars.indexOf(last)].sort((a, b) => a - b);
    bars.forEach((bar, at) => bar.classList.toggle("picked", first !== null && at >= low && at <= high));
  };
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("pointerdown", (event) => { first = last = event.target.closest("a"); });
  svg.addEventListener("pointermove", (event) => {
    const bar = event.target.closest("a");
    if (first && bar && event.buttons) { last = bar; mark(); }
  });
  svg.addEventListener("click", (event) => { if (svg.dataset.dragged) { event.preventDefault(); delete svg.dataset.dragged; } });
  svg.addEventListener("pointerup", () => {
    if (first && last && first !== last) {
      svg.dataset.dragged = "yes";
      const times = [first, last].flatMap((bar) => [Number(bar.dataset.from), Number(bar.dataset.to)]);
      const url = new URL(first.getAttribute("href"), location.href);
      url.searchParams.set("from", new Date(Math.min(...times) / 1000).toISOString());
      url.searchParams.set("to", new Date(Math.max(...times) / 1000).toISOString());
      location.href = url;
    }
    first = last = null;
    mark();
  });
}
watchHistogram();

// Live: the server says when there is more; the list, the sums and the histogram are fetched again. Pressed once more it pauses,
// and counts what came meanwhile. What is ticked and what has the focus stay as they are.
const live = $("#live");
if (live && window.EventSource) {
  live.hidden = false;
  let source = null, timer = null, on = false, stored = 0, seen = 0;
  // The first row that is seen, and where: it stays there when others come before it.
  const reading = (list) => {
    if (scrollY < 100) return null;
    const row = [...list.querySelectorAll("[id]")].find((one) => one.getBoundingClientRect().bottom > 0);
    return row && { id: row.id, top: row.getBoundingClientRect().top };
  };
  const swap = (old, now) => {
    const ticked = new Set([...old.querySelectorAll(".tickbox input:checked")].map((box) => box.value));
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const place = reading(old);
    old.replaceWith(now);
    const there = place && document.getElementById(place.id);
    if (there) scrollBy(0, there.getBoundingClientRect().top - place.top);
    for (const box of now.querySelectorAll(".tickbox input")) box.checked = ticked.has(box.value);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
  const refresh = async () => {
    timer = null;
    if (!on || $("details.pop[open]")) return;
    const answer = await fetch(location.href);
    if (answer.redirected) { location.reload(); return; } // signed out meanwhile
    const text = await answer.text();
    if (!on) return; // paused meanwhile
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const id of ["list", "sums", "histogram"]) {
      const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
      if (old && now) swap(old, now);
    }
    watchHistogram();
  };
  const told = () => {
    const more = on ? 0 : stored - seen;
    live.lastChild.textContent = more ? `Live, ${more.toLocaleString("en")} more` : "Live";
    live.title = on ? "Pause" : more ? `${more} more requests came since it was paused` : "Show new traffic as it comes";
  };
  const listen = () => {
    source = new EventSource("/live");
    source.onmessage = (event) => {
      stored = Number(event.data);
      if (on) { seen = stored; timer ??= setTimeout(() => refresh().catch(() => {}), 1500); } // when it fails, the next message tries again
      told();
    };
    source.onerror = () => { if (source?.readyState === EventSource.CLOSED) { source = null; show(false); } };
  };
  const show = (wanted) => {
    on = wanted;
    live.setAttribute("aria-pressed", String(on));
    told();
  };
  const set = (wanted) => {
    sessionStorage.setItem("live", wanted ? "yes" : "");
    if (wanted) seen = stored;
    show(wanted);
    if (wanted && !source) listen();
    else if (wanted) refresh().catch(() => {});
  };
  live.addEventListener("click", () => set(!on));
  if (live.getAttribute("aria-pressed") === "true" || sessionStorage.getItem("live")) set(true);
}

// What is ticked in the list of sessions stays so while one opens and closes them, until something is done with it.
if ($("#ticked")) {
  const boxes = () => [...document.querySelectorAll("input[form=ticked]")];
  const ticked = () => boxes().filter((box) => box.checked).map((box) => box.value);
  const count = () => {
    const many = ticked().length;
    for (const button of document.querySelectorAll("button[form=ticked][name=act]")) {
      button.disabled = button.value === "compare" ? many !== 2 : !many;
    }
    $("#how-many").textContent = many || "";
  };
  const kept = new Set(JSON.parse(sessionStorage.getItem("ticked") ?? "[]"));
  for (const box of boxes()) if (kept.has(box.value)) box.checked = true;
  count();
  document.addEventListener("change", ({ target }) => {
    if (target.form?.id !== "ticked") return;
    sessionStorage.setItem("ticked", JSON.stringify(ticked()));
    count();
  });
  document.addEventListener("submit", ({ target }) => { if (target.id === "ticked") sessionStorage.removeItem("ticked"); });
}

// The first visit tells the server the viewer's time zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const button of document.querySelectorAll("[data-own-zone]")) { button.value = zone; button.hidden = !zone; }
if (zone && !document.cookie.includes("apitrail_tz=")) {
  document.cookie = `apitrail_tz=${zone};path=/;max-age=31536000;samesite=lax`;
  if (zone !== "UTC" && $("time")) location.reload();
}
