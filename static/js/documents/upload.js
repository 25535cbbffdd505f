// Uploading one file after the other, each with its progress; without this script the form
// sends them all at once.

const form = document.querySelector("[data-upload]");
const list = form.querySelector("[data-uploads]");
const reload = form.querySelector("[data-reload]");
const button = form.querySelector("button[type=submit]");
const limit = Number(form.dataset.maxBytes);

function megabytes(size) {
  return `${(size / 1024 / 1024).toFixed(1)} MB`;
}

function line(file) {
  const name = document.createElement("span");
  name.className = "upload-name";
  name.textContent = file.name;
  const progress = document.createElement("progress");
  progress.max = 100;
  progress.setAttribute("aria-label", file.name);
  const said = document.createElement("span");
  said.className = "upload-said";
  const row = document.createElement("li");
  row.className = "upload";
  row.append(name, progress, said);
  list.append(row);
  return {
    moved(share) {
      progress.value = Math.round(share * 100);
      said.textContent = share < 1 ? `${Math.round(share * 100)}%` : gettext("正在检查…");
    },
    done() {
      row.classList.add("upload--ok");
      progress.remove();
      said.textContent = gettext("已上传");
    },
    failed(message) {
      row.classList.add("upload--bad");
      progress.remove();
      said.textContent = message;
    },
  };
}

function bodyFor(file, alone) {
  const body = new FormData(form);
  body.delete("files");
  if (!alone) body.set("title", "");
  body.append("files", file, file.name);
  return body;
}

function reason(request) {
  try {
    const answer = JSON.parse(request.responseText);
    return answer.refused?.[0]?.message || answer.error?.message || "";
  } catch {
    return "";
  }
}

function send(file, alone, shown) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) shown.moved(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 201) shown.done();
      else shown.failed(reason(request) || gettext("没有上传成功，请重试。"));
      resolve(request.status === 201);
    });
    request.addEventListener("error", () => {
      shown.failed(gettext("网络中断，没有上传；请重试。"));
      resolve(false);
    });
    request.send(bodyFor(file, alone));
  });
}

// Sends one after the other; returns those that were not stored.
async function sendAll(files) {
  const left = [];
  for (const file of files) {
    const shown = line(file);
    if (file.size > limit) {
      const text = gettext("文件有 %(size)s，超过上限 %(limit)s；请压缩或拆分后再上传。");
      const values = { size: megabytes(file.size), limit: megabytes(limit) };
      shown.failed(interpolate(text, values, true));
      left.push(file);
      continue;
    }
    shown.moved(0);
    if (!(await send(file, files.length === 1, shown))) left.push(file);
  }
  return left;
}

// What is stored is not sent a second time when the others are tried again.
function select(files) {
  const chosen = new DataTransfer();
  for (const file of files) chosen.items.add(file);
  form.elements.files.files = chosen.files;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const files = [...form.elements.files.files];
  list.replaceChildren();
  button.disabled = true;
  const left = await sendAll(files);
  button.disabled = false;
  if (!left.length) {
    location.assign(location.href);
    return;
  }
  select(left);
  if (left.length < files.length) reload.hidden = false;
});
