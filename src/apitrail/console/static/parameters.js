// The list of session context parameters is put in order by dragging and with Alt and the arrows; the preview follows the form.

const ADDRESS = "/settings/session-parameters";
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const tell = (words) => { $("#told").textContent = words; };

async function post(path, fields) {
  const answer = await fetch(ADDRESS + path, { method: "POST", body: new URLSearchParams(fields) });
  if (answer.redirected && !new URL(answer.url).pathname.startsWith(ADDRESS)) location.reload(); // signed out meanwhile
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function take(fresh, ...ids) {
  for (const id of ids) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && now) old.replaceWith(now);
  }
}

// Order. A row that moved keeps the focus, and where it is now is said.
const editing = () => $(".params .edited");

async function move(row, to) {
  const name = row.dataset.name;
  const fields = new FormData($("form", row));
  fields.set("to", String(to));
  const fresh = await post("/move", fields);
  for (const old of $$("main > .problem, main > .note.good")) old.remove();
  take(fresh, "parameters", "history");
  const version = $("#parameter [name=version]"), now = $("#parameter [name=version]", fresh);
  if (version && now) version.value = now.value;
  const problem = $("main > .problem", fresh);
  if (problem) $("#parameters").before(problem);
  prepare();
  const moved = $$(".params > li").find((one) => one.dataset.name === name);
  moved?.focus();
  if (!problem && moved) tell(`${name} is now ${moved.dataset.number} of ${$$(".params > li").length}`);
  await show();
}

const failed = () => tell("The order could not be saved.");

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".params > li");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!row || !event.altKey || !step || editing() || !$("form", row)) return;
  event.preventDefault();
  const to = Number(row.dataset.number) + step;
  if (to >= 1 && to <= row.parentElement.children.length) move(row, to).catch(failed);
});

let dragged = null, follower = null;
document.addEventListener("dragstart", (event) => {
  const handle = event.target.closest?.(".handle");
  if (!handle) return;
  dragged = handle.closest("li");
  follower = dragged.nextElementSibling;
  dragged.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.name);
  event.dataTransfer.setDragImage(dragged, 12, 12);
});
document.addEventListener("dragover", (event) => {
  const list = event.target.closest?.(".params");
  if (!dragged || !list) return;
  event.preventDefault();
  const over = event.target.closest("li");
  if (!over || over === dragged) return;
  const box = over.getBoundingClientRect();
  if (event.clientY < box.top + box.height / 2) over.before(dragged); else over.after(dragged);
});
document.addEventListener("drop", (event) => {
  if (!dragged || !event.target.closest?.(".params")) return;
  event.preventDefault();
  const [row, to] = [dragged, [...dragged.parentElement.children].indexOf(dragged) + 1];
  dragged.classList.remove("dragged");
  dragged = null;
  if (to !== Number(row.dataset.number)) move(row, to).catch(failed);
});
document.addEventListener("dragend", () => {
  if (!dragged) return; // it was dropped
  dragged.classList.remove("dragged");
  dragged.parentElement.insertBefore(dragged, follower);
  dragged = null;
});

function prepare() {
  for (const handle of $$(".params > li[tabindex] > .handle")) handle.draggable = !editing();
}

// Preview. It is asked for a moment after the last change of the form or of the pasted exchange.
const form = () => document.getElementById("parameter");
let turn = 0, waiting = 0;

async function show() {
  if (!form()) return;
  const mine = ++turn;
  const fields = new FormData(form());
  fields.set("fragment", "1");
  const fresh = await post("/preview", fields);
  if (mine !== turn) return; // something changed meanwhile
  take(fresh, "point-problem", "preview-result");
  const point = $("[name=point]", form());
  if (point) point.setAttribute("aria-invalid", String($("#point-problem").childElementCount > 0));
  const recent = $("[data-recent]");
  if (recent) recent.hidden = !$("#exchange").value;
}

document.addEventListener("input", (event) => {
  if (!form() || event.target.form !== form()) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => show().catch(() => {}), 250); // the next change tries again
});
document.addEventListener("submit", (event) => {
  if (event.target !== form() || !event.submitter?.formAction.includes("/preview")) return;
  event.preventDefault();
  show().catch(() => event.target.submit());
});
document.addEventListener("click", (event) => {
  const fill = event.target.closest("[data-fill]"), recent = event.target.closest("[data-recent]");
  if (!fill && !recent) return;
  event.preventDefault();
  if (recent) $("#exchange").value = "";
  else { const point = $("[name=point]", form()); point.value = fill.dataset.fill; point.focus(); }
  show().catch(() => {});
});

// Recommendations. They are looked for while the page is read; without an answer the link to them stays.
async function recommend() {
  const place = $("#recommended[data-waiting]");
  if (!place) return;
  const link = place.innerHTML;
  place.firstElementChild.textContent = "Looking through the newest requests…";
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${ADDRESS}/recommendations?fragment=1`);
    if (!answer.ok) throw new Error(String(answer.status));
    take(new DOMParser().parseFromString(await answer.text(), "text/html"), "recommended");
  } catch { place.innerHTML = link; place.removeAttribute("aria-busy"); }
}

prepare();
recommend();
