// Uploading files in pieces, two at a time, each with its progress; without this script the form
// sends them all at once.

import { checked, same, send, standing } from "./sending.js";

const AT_ONCE = 2;

const form = document.querySelector("[data-upload]");
const list = form.querySelector("[data-uploads]");
const reload = form.querySelector("[data-reload]");
const button = form.querySelector("button[type=submit]");
const unfinished = document.querySelector("[data-unfinished]");
const limit = Number(form.dataset.maxBytes);
const endpoint = form.dataset.endpoint;
const token = form.elements.csrfmiddlewaretoken.value;

function megabytes(size) {
  return `${(size / 1024 / 1024).toFixed(1)} MB`;
}

function percent(share) {
  // Rounded down: what says 100% must be all of it.
  return `${Math.floor(share * 100)}%`;
}

/** A line that shows how one file fares. */
function line(name) {
  const label = document.createElement("span");
  label.className = "upload-name";
  label.textContent = name;
  const progress = document.createElement("progress");
  progress.max = 100;
  progress.value = 0;
  progress.setAttribute("aria-label", name);
  // Each percent on the screen, each tenth aloud.
  const said = document.createElement("span");
  said.className = "upload-said";
  said.setAttribute("aria-hidden", "true");
  const heard = document.createElement("span");
  heard.className = "visually-hidden";
  const row = document.createElement("li");
  row.className = "upload";
  row.append(label, progress, said, heard);
  list.append(row);
  const say = (text, aloud = text) => {
    said.textContent = text;
    if (heard.textContent !== aloud) heard.textContent = aloud;
  };
  return {
    moved(share) {
      row.classList.remove("upload--bad");
      row.querySelector("button")?.remove();
      if (!progress.isConnected) label.after(progress);
      progress.value = Math.floor(share * 100);
      say(share < 1 ? percent(share) : gettext("正在完成…"), percent(Math.floor(share * 10) / 10));
    },
    broken(share) {
      const text = gettext("网络中断，正在重新连接…已传 %(share)s，不会丢失。");
      say(interpolate(text, { share: percent(share) }, true));
    },
    checking() {
      progress.removeAttribute("value");
      say(gettext("已传完，正在检查和转换…"));
    },
    done(upload) {
      row.classList.add("upload--ok");
      progress.remove();
      say(upload.problem ? `${gettext("已上传")}${gettext("，但：")}${upload.problem}` : gettext("已上传"));
    },
    failed(message, again) {
      row.classList.add("upload--bad");
      progress.remove();
      say(message);
      if (!again) return;
      const more = document.createElement("button");
      more.type = "button";
      more.className = "button button--small";
      more.textContent = gettext("继续上传");
      more.addEventListener("click", again);
      row.append(more);
    },
  };
}

function metadata(alone) {
  const given = new FormData(form);
  const told = {
    title: alone ? given.get("title") : "",
    item: given.get("item") || "",
    replaces: given.get("replaces") || "",
    give: given.get("give") || "",
    downloadable: given.get("downloadable") ? "1" : "0",
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value));
}

/** What of mine lies half sent on the server. */
async function halves() {
  try {
    const found = await standing(endpoint);
    return found.uploads.filter((one) => one.state === "receiving");
  } catch {
    return [];
  }
}

async function one(file, begun, alone) {
  const shown = line(file.name);
  if (file.size > limit) {
    const text = gettext("文件有 %(size)s，超过上限 %(limit)s；请压缩或拆分后再上传。");
    const values = { size: megabytes(file.size), limit: megabytes(limit) };
    shown.failed(interpolate(text, values, true), null);
    return false;
  }
  shown.moved(begun ? begun.offset / begun.size : 0);
  return send(file, { endpoint, token, metadata: metadata(alone), begun, shown });
}

// Two at a time; returns those of which no document came.
async function sendAll(files) {
  const known = await halves();
  const waiting = [...files];
  const left = [];
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const at = known.findIndex((upload) => same(file, upload));
      const begun = at < 0 ? null : known.splice(at, 1)[0];
      if (!(await one(file, begun, files.length === 1))) left.push(file);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return left;
}

// What became a document is not sent a second time when the others are tried again.
function select(files) {
  const chosen = new DataTransfer();
  for (const file of files) chosen.items.add(file);
  form.elements.files.files = chosen.files;
}

function complain(text) {
  line("").failed(text, null);
}

form.addEventListener("submit", async (event) => {
  if (!window.tus?.isSupported) return;
  event.preventDefault();
  const files = [...form.elements.files.files];
  list.replaceChildren();
  if (form.elements.replaces?.value && files.length > 1) {
    complain(gettext("一个文件的新版只能是一个文件；请只选择一个。"));
    return;
  }
  if (form.elements.give.value === "item" && !form.elements.item.value && !form.elements.replaces?.value) {
    complain(gettext("随议程发放的文件，请先选择议程。"));
    form.elements.item.focus();
    return;
  }
  button.disabled = true;
  const left = await sendAll(files);
  button.disabled = false;
  const told = list.querySelector(".upload--ok .upload-said")?.textContent;
  if (!left.length && told === gettext("已上传")) {
    location.assign(location.href);
    return;
  }
  select(left);
  if (left.length < files.length) reload.hidden = false;
});

// --- what was broken off before ---------------------------------------------------------------

for (const row of unfinished?.querySelectorAll("[data-half]") ?? []) {
  const upload = { name: row.dataset.name, size: Number(row.dataset.size), modified: Number(row.dataset.modified) };
  const input = row.querySelector("input[type=file]");
  const choose = row.querySelector("[data-go-on]");
  const said = row.querySelector("[data-said]");
  choose.hidden = false;
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    if (!same(file, upload)) {
      const text = gettext("这不是同一个文件：上次传的是“%(name)s”（%(size)s）；也可能在那以后修改过。");
      said.textContent = interpolate(text, { name: upload.name, size: megabytes(upload.size) }, true);
      return;
    }
    const begun = await standing(row.dataset.half);
    row.hidden = true;
    if (await one(file, begun, true)) location.assign(location.href);
  });
}

for (const row of unfinished?.querySelectorAll("[data-checking]") ?? []) {
  checked(row.dataset.checking).then(() => {
    const said = row.querySelector("[data-said]");
    said.textContent = gettext("检查完毕，请刷新文件列表。");
    reload.hidden = false;
  });
}
