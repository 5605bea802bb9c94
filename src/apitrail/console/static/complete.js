// The filter box offers words and values while somebody types: arrows choose, Tab or Enter take, Escape closes.

const box = document.querySelector("#q");
const panel = document.createElement("div");
panel.className = "completion";
panel.hidden = true;
box.form.append(panel);
for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) box.setAttribute(name, value);

const options = () => [...panel.querySelectorAll("[role=option]")];
const chosen = () => panel.querySelector("[aria-selected=true]");

function close() {
  panel.hidden = true;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
  box.removeAttribute("aria-controls");
}

let turn = 0, timer = null;
async function offer() {
  const now = ++turn;
  const params = new URLSearchParams(new FormData(box.form));
  params.set("q", box.value);
  params.set("at", String(box.selectionStart ?? box.value.length));
  const answer = await fetch(`${box.dataset.complete}?${params}`);
  if (!answer.ok || answer.redirected) return close();
  const text = await answer.text();
  if (now !== turn || document.activeElement !== box) return; // somebody typed on, or left
  panel.innerHTML = text; // our own template, escaped on the server
  if (!options().length && !panel.querySelector(".wrong")) return close();
  panel.hidden = false;
  box.setAttribute("aria-expanded", String(options().length > 0));
  const list = panel.querySelector("ul");
  if (list) { list.id = "offers"; box.setAttribute("aria-controls", "offers"); }
  box.removeAttribute("aria-activedescendant");
}
const soon = () => { clearTimeout(timer); timer = setTimeout(() => offer().catch(close), 120); };

function choose(by) {
  const all = options();
  const at = all.indexOf(chosen());
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length];
  for (const one of all) one.setAttribute("aria-selected", String(one === next));
  next.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", next.id);
}

function take(option) {
  const list = option.closest("ul");
  box.setRangeText(option.dataset.text, Number(list.dataset.start), Number(list.dataset.end), "end");
  box.focus();
  close();
  soon();
}

box.addEventListener("input", soon);
box.addEventListener("click", soon);
box.addEventListener("focus", () => { if (!box.value) soon(); });
box.addEventListener("blur", () => setTimeout(() => { if (!panel.contains(document.activeElement)) { turn++; close(); } }, 150));
box.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" && panel.hidden) { soon(); event.preventDefault(); return; }
  if (panel.hidden) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { if (options().length) { choose(event.key === "ArrowDown" ? 1 : -1); event.preventDefault(); } }
  else if (event.key === "Escape") { close(); event.preventDefault(); }
  else if ((event.key === "Enter" || event.key === "Tab") && chosen()) { take(chosen()); event.preventDefault(); }
  else if (event.key === "Tab" && !event.shiftKey && box.value && options().length && box.selectionStart > 0) { take(options()[0]); event.preventDefault(); }
});
panel.addEventListener("pointerdown", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) { event.preventDefault(); take(option); }
});
