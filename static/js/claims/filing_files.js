// Evidence goes up one file after the other, each with its progress, as soon as it is chosen.
// Without this script the form sends them all at once.

const form = document.querySelector("[data-filing-upload]");
const input = form.elements.files;
const list = form.querySelector("[data-uploads]");
const button = form.querySelector("button[type=submit]");
const limit = Number(form.dataset.maxBytes);

button.hidden = true;

function megabytes(size) {
  return `${(size / 1024 / 1024).toFixed(1)} MB`;
}

function line(file) {
  const name = document.createElement("span");
  name.textContent = file.name;
  const progress = document.createElement("progress");
  progress.max = 100;
  progress.value = 0;
  progress.setAttribute("aria-label", file.name);
  const text = document.createElement("span");
  text.className = "hint";
  const row = document.createElement("li");
  row.append(name, progress, text);
  list.append(row);
  return {
    moved(share) {
      progress.value = Math.round(share * 100);
      text.textContent = share < 1 ? `${Math.round(share * 100)}%` : gettext("正在检查…");
    },
    done() {
      progress.remove();
      text.textContent = gettext("已上传");
    },
    failed(message) {
      row.classList.add("filing-upload--bad");
      progress.remove();
      text.className = "";
      text.textContent = message;
    },
  };
}

function reason(request) {
  try {
    const answer = JSON.parse(request.responseText);
    return answer.refused?.[0]?.message || answer.error?.message || "";
  } catch {
    return "";
  }
}

function send(file, shown) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.append("files", file, file.name);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", location.href);
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
    request.send(body);
  });
}

async function sendChosen() {
  const files = [...input.files];
  if (!files.length) return;
  list.replaceChildren();
  input.disabled = true;
  let failed = 0;
  for (const file of files) {
    const shown = line(file);
    if (file.size > limit) {
      const text = gettext("文件有 %(size)s，超过上限 %(limit)s；请压缩或拆分后再上传。");
      const values = { size: megabytes(file.size), limit: megabytes(limit) };
      shown.failed(interpolate(text, values, true));
      failed += 1;
    } else if (!(await send(file, shown))) {
      failed += 1;
    }
  }
  input.disabled = false;
  input.value = "";
  // What failed stays in view with its reason; the list is drawn anew when all went well.
  if (!failed) location.assign(location.href);
}

input.addEventListener("change", sendChosen);
// What was chosen before this script came, or put back by the browser, goes up too.
sendChosen();
