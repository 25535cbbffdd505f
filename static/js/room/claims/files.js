// Files with objections and waivers: shown as links, added with progress.

import { h, replace, say, setText } from "../dom.js";

const MOST_BYTES = 20 * 1024 * 1024;
const ACCEPT = ".pdf,.jpg,.jpeg,.png";

/** A field for files; `read()` gives those that were chosen. */
export function fileField(id, { label, many = true }) {
  const input = h("input", { id, type: "file", accept: ACCEPT, multiple: many });
  return {
    node: h(
      "div",
      { class: "field" },
      h("label", { for: id }, label),
      input,
      h("span", { class: "helptext" }, gettext("PDF 或者图片（JPG、PNG），每个不超过 20 MB。")),
    ),
    input,
    read: () => [...input.files],
    clear() {
      input.value = "";
    },
  };
}

function cookie(name) {
  const found = document.cookie
    .split("; ")
    .find((one) => one.replace(/^__Host-/, "").startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(found.indexOf("=") + 1)) : "";
}

/** What is wrong with files before they are sent; empty when nothing is. */
export function wrongFiles(files) {
  const large = files.find((file) => file.size > MOST_BYTES);
  return large ? say(gettext("“%(name)s”超过 20 MB，请压缩后再上传。"), { name: large.name }) : "";
}

/** Send files to an address, telling how far it is; rejects with words for people. */
export function upload(url, files, moved = () => {}) {
  const body = new FormData();
  for (const file of files) body.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", cookie("csrftoken"));
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) moved(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 201) resolve();
      else reject(new Error(reason(request) || gettext("没有上传成功，请重试。")));
    });
    request.addEventListener("error", () => {
      reject(new Error(gettext("网络中断，没有上传；请重试。")));
    });
    request.send(body);
  });
}

function reason(request) {
  try {
    return JSON.parse(request.responseText).error?.message ?? "";
  } catch {
    return "";
  }
}

/**
 * Send files that go along with something that has arrived already: when they fail, that stands,
 * and the person is told where to try again.
 */
export async function uploadAlong(room, url, files) {
  if (!files.length) return;
  try {
    await upload(url, files);
  } catch (problem) {
    const words = gettext("内容已提交，但附件没有上传：%(why)s 请在下方点“添加附件”重试。");
    room.notify({ text: say(words, { why: problem.message }), kind: "warn" });
  }
}

/** A button that opens a field for files and sends them to `url()`. */
export function makeAttach(room, { id, label, url, many = true }) {
  const field = fileField(id, { label, many });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const bar = h("progress", { max: "100", hidden: true, "aria-label": label });
  const send = h(
    "button",
    { type: "button", class: "button button--primary", on: { click: () => go() } },
    gettext("上传"),
  );
  const panel = h(
    "div",
    { class: "verify-attach", hidden: true },
    field.node,
    bar,
    error,
    h(
      "div",
      { class: "actions" },
      send,
      h(
        "button",
        { type: "button", class: "button button--quiet", on: { click: () => close() } },
        gettext("取消"),
      ),
    ),
  );
  const toggle = h(
    "button",
    {
      type: "button",
      class: "button button--quiet",
      on: {
        click: () => {
          panel.hidden = false;
          toggle.hidden = true;
          field.input.focus();
        },
      },
    },
    label,
  );

  function complain(message) {
    setText(error, message);
    error.hidden = false;
  }

  async function go() {
    if (send.getAttribute("aria-busy") === "true") return;
    const files = field.read();
    error.hidden = true;
    if (!files.length) {
      complain(gettext("请先选择文件。"));
      field.input.focus();
      return;
    }
    const wrong = wrongFiles(files);
    if (wrong) {
      complain(wrong);
      return;
    }
    send.setAttribute("aria-busy", "true");
    bar.hidden = false;
    try {
      await upload(url(), files, (share) => {
        bar.value = Math.round(share * 100);
      });
      field.clear();
      room.announce(gettext("附件已上传。"));
      close();
    } catch (problem) {
      complain(problem.message);
    } finally {
      bar.hidden = true;
      send.removeAttribute("aria-busy");
    }
  }

  function close() {
    panel.hidden = true;
    toggle.hidden = false;
    toggle.focus();
  }

  const node = h("div", {}, toggle, panel);
  return {
    node,
    allow(may) {
      node.hidden = !may && panel.hidden;
    },
  };
}

/** A list of files as links, redrawn only when it changed. */
export function makeFileList(title) {
  const list = h("ul", { class: "plain verify-files" });
  const node = h("div", { hidden: true }, h("p", { class: "hint" }, title), list);
  let drawn = "";
  return {
    node,
    update(files) {
      const wanted = JSON.stringify(files);
      if (wanted === drawn) return;
      drawn = wanted;
      node.hidden = !files.length;
      replace(
        list,
        files.map((file) =>
          h(
            "li",
            {},
            h(
              "a",
              { href: file.url, target: "_blank", rel: "noopener", class: "verify-file" },
              say(gettext("%(name)s（%(size)s）"), { name: file.name, size: sizeWords(file.size) }),
            ),
          ),
        ),
      );
    },
  };
}

function sizeWords(bytes) {
  return bytes >= 1024 * 1024
    ? `${(bytes / 1024 / 1024).toFixed(1)} MB`
    : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}
