// A file that is dropped on the page is sent by its form, with progress; without scripts the form does the same.

const form = document.querySelector("[data-drop]");
const file = form?.querySelector("input[type=file]");

function send(chosen) {
  const [row, bar, said] = ["[data-drop-progress]", "progress", "[data-drop-progress] span"].map((one) => form.querySelector(one));
  const data = new FormData(form);
  data.set("file", chosen, chosen.name);
  const request = new XMLHttpRequest();
  row.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    const share = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
    bar.value = share;
    said.textContent = `${share} % of ${chosen.name} sent`;
  });
  const failed = (why) => { said.textContent = why; form.classList.add("failed"); };
  request.addEventListener("error", () => failed("The file could not be sent."));
  request.addEventListener("load", () => {
    if (request.status < 400) { location.href = request.responseURL; return; }
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    failed(answer.querySelector(".problem p")?.textContent ?? `The server answered ${request.status}.`);
  });
  request.open("POST", form.action);
  request.send(data);
}

if (form) {
  form.addEventListener("submit", (event) => { if (file.files.length) { event.preventDefault(); send(file.files[0]); } });
  let depth = 0;
  const over = (change) => { depth = Math.max(0, depth + change); form.classList.toggle("over", depth > 0); };
  document.addEventListener("dragenter", (event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); over(1); } });
  document.addEventListener("dragleave", () => over(-1));
  document.addEventListener("dragover", (event) => { if (depth) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    over(-depth);
    send(event.dataTransfer.files[0]);
  });
}
