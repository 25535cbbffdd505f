// Documents: the list by agenda item, and the reader inside the panel.

import "../../documents/companions.js";
import { openReader } from "../../documents/reader.js";
import { h, keep, moment, replace, say, setText } from "../dom.js";

const SECTIONS = ["documents", "my_reading", "reading", "agenda", "me"];

export function mount(root, room) {
  return new DocumentsPanel(root, room);
}

class DocumentsPanel {
  constructor(root, room) {
    this.root = root;
    this.room = room;
    this.openId = null;
    this.document = null;
    this.asked = 0;
    this.groups = h("div", {});
    this.empty = h("p", { class: "empty" }, gettext("还没有发放文件。"));
    this.manage = h(
      "p",
      { hidden: true },
      h(
        "a",
        { class: "button button--small", href: `/meetings/${room.slug}/documents/` },
        gettext("上传和管理文件"),
      ),
    );
    this.list = h("div", { class: "documents" }, this.empty, this.groups, this.manage);
    this.reader = h("section", { class: "documents-reader", hidden: true });
    replace(root, this.list, this.reader);
    this.update(new Set(SECTIONS));
  }

  // --- the list ---------------------------------------------------------------------------

  update(changed) {
    if (!SECTIONS.some((name) => changed.has(name))) return;
    const documents = Object.values(this.room.state.documents || {});
    this.empty.hidden = documents.length > 0;
    this.manage.hidden = !this.roles().includes("administrator");
    keep(
      this.groups,
      this.grouped(this.newest(documents)),
      (group) => group.key,
      () => h("div", { class: "documents-group" }, h("h3", {}), h("div", { class: "documents-list" })),
      (node, group) => this.updateGroup(node, group),
    );
    const unread = this.newest(documents).filter((one) => this.isUnread(one)).length;
    this.room.badge("documents", unread);
    this.updateReader();
  }

  // A document that was put on a tab by `room.open("documents", id)`, or just the tab.
  shown(id) {
    if (id !== undefined && id !== null && this.room.state.documents?.[id]) this.open(id);
  }

  grouped(documents) {
    const items = Object.values(this.room.state.agenda || {}).sort(
      (a, b) => a.position - b.position || a.id - b.id,
    );
    const groups = items.map((item, index) => ({
      key: String(item.id),
      title: `${index + 1}. ${item.title}`,
      documents: documents.filter((one) => one.item === item.id),
    }));
    const known = new Set(items.map((item) => item.id));
    groups.push({
      key: "other",
      title: groups.some((group) => group.documents.length) ? gettext("其他文件") : gettext("会议文件"),
      documents: documents.filter((one) => !known.has(one.item)),
    });
    for (const group of groups) group.documents.sort((a, b) => a.id - b.id);
    return groups.filter((group) => group.documents.length);
  }

  // Those that no later version stands for; the earlier ones lie beneath.
  newest(documents) {
    const replaced = new Set(documents.map((one) => one.replaces).filter(Boolean));
    return documents.filter((one) => !replaced.has(one.id));
  }

  // The versions before one, the latest first.
  before(one) {
    const all = this.room.state.documents || {};
    const found = [];
    for (let each = all[one.replaces]; each && !found.includes(each); each = all[each.replaces]) {
      found.push(each);
    }
    return found;
  }

  // The latest version after one that may be seen, null where there is none.
  after(one) {
    const all = Object.values(this.room.state.documents || {});
    let newest = null;
    let each = one;
    for (let left = all.length; left > 0 && each; left -= 1) {
      const next = all.find((other) => other.replaces === each.id);
      newest = next ?? newest;
      each = next;
    }
    return newest;
  }

  updateGroup(node, group) {
    setText(node.firstElementChild, group.title);
    keep(
      node.lastElementChild,
      group.documents,
      (one) => one.id,
      (one) => this.row(one),
      (row, one) => this.updateRow(row, one),
    );
  }

  row(one) {
    const open = h(
      "button",
      { type: "button", class: "document-open", on: { click: () => this.openHere(one.id) } },
      h("span", { class: "document-title" }),
      h("span", { class: "document-facts" }),
    );
    const handOut = h(
      "button",
      {
        type: "button",
        class: "button button--primary button--small",
        hidden: true,
        on: { click: () => this.handOut(one.id, handOut) },
      },
      gettext("发放"),
    );
    const older = h(
      "details",
      { class: "document-older", hidden: true },
      h("summary", {}, gettext("旧版本")),
      h("div", {}),
    );
    const badge = h("span", { class: "badge", hidden: true });
    return h("div", { class: "document" }, open, badge, handOut, older);
  }

  updateRow(row, one) {
    const [open, badge, handOut, older] = row.children;
    const unread = this.isUnread(one);
    row.classList.toggle("document--unread", unread);
    setText(open.firstElementChild, one.title);
    setText(open.lastElementChild, this.facts(one));
    const waiting = !one.handed_out_at;
    badge.hidden = !waiting && !unread;
    badge.classList.toggle("badge--warn", waiting);
    setText(badge, waiting ? gettext("未发放") : gettext("未读"));
    handOut.hidden = !(waiting && this.room.can("hand_out_document"));
    handOut.setAttribute("aria-label", say(gettext("发放“%(title)s”"), { title: one.title }));
    const before = this.before(one);
    older.hidden = !before.length;
    keep(
      older.lastElementChild,
      before,
      (each) => each.id,
      (each) => this.olderRow(each),
      (node, each) => setText(node, this.olderWords(each)),
    );
  }

  olderRow(one) {
    const open = { click: () => this.openHere(one.id) };
    return h("button", { type: "button", class: "button button--quiet", on: open });
  }

  olderWords(one) {
    const words = gettext("第 %(n)s 版：%(title)s");
    return [say(words, { n: one.version, title: one.title }), moment(one.handed_out_at)]
      .filter(Boolean)
      .join(" · ");
  }

  facts(one) {
    const pages = ngettext("%(n)s 页", "%(n)s 页", one.pages);
    const facts = [say(pages, { n: one.pages }), size(one.size)];
    if (one.version > 1) facts.unshift(say(gettext("第 %(n)s 版"), { n: one.version }));
    if (one.handed_out_at) facts.push(moment(one.handed_out_at));
    else if (one.with_item && one.item) facts.push(this.comesWith(one.item));
    if (this.room.state.me?.staff) {
      const readers = this.room.state.reading?.[one.id]?.readers || 0;
      facts.push(say(ngettext("%(n)s 人已阅", "%(n)s 人已阅", readers), { n: readers }));
    }
    return facts.join(" · ");
  }

  // Of a document that is handed out by itself when its agenda item comes.
  comesWith(item) {
    const items = Object.values(this.room.state.agenda || {}).sort(
      (a, b) => a.position - b.position || a.id - b.id,
    );
    const n = items.findIndex((one) => one.id === item) + 1;
    return say(gettext("将随议程第 %(n)s 项发放"), { n });
  }

  // Who brought the documents need not be told to read them.
  isUnread(one) {
    if (this.roles().includes("administrator")) return false;
    return Boolean(one.handed_out_at) && !this.room.state.my_reading?.[one.id];
  }

  async handOut(id, button) {
    button.disabled = true;
    try {
      await this.room.command("hand_out_document", { document: id });
    } catch (error) {
      this.room.notify({ text: error.message, kind: "warn" });
    } finally {
      button.disabled = false;
    }
  }

  roles() {
    return this.room.state.me?.roles || [];
  }

  // --- the reader -------------------------------------------------------------------------

  open(id) {
    const one = this.room.state.documents?.[id];
    if (!one) return;
    if (this.openId !== null && String(this.openId) === String(id)) return;
    this.letGo();
    this.openId = id;
    this.title = h("h3", { tabindex: "-1" }, one.title);
    this.body = h("div", { "aria-live": "off" });
    this.waiting = h("span", { class: "badge badge--warn", hidden: true }, gettext("未发放"));
    this.newer = h("p", { class: "notice reader-newer", role: "status", hidden: true });
    replace(
      this.reader,
      h(
        "div",
        { class: "reader-head" },
        h(
          "button",
          { type: "button", class: "button button--small", on: { click: () => this.close() } },
          gettext("返回文件列表"),
        ),
        this.title,
        this.waiting,
      ),
      this.newer,
      this.body,
    );
    this.reader.setAttribute("aria-label", one.title);
    this.list.hidden = true;
    this.reader.hidden = false;
    this.updateReader();
    this.title.focus({ preventScroll: true });
    this.reader.scrollIntoView({ block: "nearest" });
    this.load(one);
  }

  // Chosen by hand: on a telephone the page then fills the window, past the picture above it.
  openHere(id) {
    this.open(id);
    if (matchMedia("(max-width: 47.5rem)").matches) this.reader.scrollIntoView({ block: "start" });
  }

  // What the reader kept (place, listeners, what goes along with it) is let go in order.
  letGo() {
    this.asked += 1;
    this.document?.close();
    this.document = null;
  }

  close() {
    const row = this.groups.querySelector(`.document[data-key="${this.openId}"] .document-open`);
    this.letGo();
    this.openId = null;
    this.reader.hidden = true;
    this.reader.replaceChildren();
    this.list.hidden = false;
    row?.focus();
  }

  // What is open stays as it is, down to where it is scrolled; only its name may change, and a
  // line says when there is a newer version.
  updateReader() {
    if (this.openId === null) return;
    const one = this.room.state.documents?.[this.openId];
    if (!one) {
      this.close();
      this.room.notify({ text: gettext("这个文件已被撤回。"), kind: "info" });
      return;
    }
    setText(this.title, one.title);
    this.waiting.hidden = Boolean(one.handed_out_at);
    this.sayNewer(one);
  }

  sayNewer(one) {
    const newer = this.after(one);
    if (this.newer.dataset.version === String(newer?.id ?? "")) return;
    this.newer.dataset.version = newer?.id ?? "";
    this.newer.hidden = !newer;
    if (!newer) return;
    const words = gettext("这是第 %(n)s 版，保留供查阅；现在有第 %(newer)s 版。");
    const open = { click: () => this.open(newer.id) };
    replace(
      this.newer,
      h("span", {}, say(words, { n: one.version, newer: newer.version })),
      h(
        "button",
        { type: "button", class: "button button--small", on: open },
        say(gettext("看第 %(n)s 版"), { n: newer.version }),
      ),
    );
  }

  async load(one) {
    const asked = (this.asked += 1);
    this.body.setAttribute("aria-busy", "true");
    replace(this.body, h("p", { class: "hint" }, gettext("正在打开…")));
    try {
      const response = await fetch(`${one.url}?fragment=1`, {
        headers: { Accept: "text/html" },
        credentials: "same-origin",
      });
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      const html = await response.text();
      if (asked !== this.asked) return;
      const page = new DOMParser().parseFromString(html, "text/html");
      replace(this.body, ...page.body.childNodes);
      this.document = openReader(this.body, { room: this.room, title: one.title, url: one.url });
    } catch (error) {
      if (asked !== this.asked) return;
      console.error("the document did not open", error);
      this.failed(one);
    } finally {
      if (asked === this.asked) this.body.removeAttribute("aria-busy");
    }
  }

  failed(one) {
    const again = { type: "button", class: "button", on: { click: () => this.load(one) } };
    replace(
      this.body,
      h("p", { class: "notice notice--warn", role: "alert" }, gettext("文件暂时打不开，请检查网络后重试。")),
      h("button", again, gettext("重试")),
    );
  }
}

function size(bytes) {
  if (bytes >= 1024 * 1024) return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return `${Math.max(1, Math.round(bytes / 1024))} KB`;
}
