// The claims table as the server shows it to this person: searched, sorted and paged there.

import { h, replace, say } from "../dom.js";
import { makeForm, objectionFields, sendObjection } from "./forms.js";
import { isVerifying } from "./own.js";

const STAFF_PAUSE = 1500;
// A thousand rooms must not all ask again at once because one creditor confirmed its claim.
const PAUSE = 8000;

/** Make the section of the table. */
export function makeTable(room) {
  const place = h("div", { class: "verify-table", "aria-live": "off" });
  const objecting = h("div", {});
  const node = h(
    "section",
    { "aria-labelledby": "claims-table-title" },
    h("h2", { id: "claims-table-title" }, gettext("债权表")),
    objecting,
    place,
  );
  let query = "";
  let shownVersion = null;
  let isShown = false;
  let timer = null;
  let asked = 0;

  place.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-claims-link]");
    const button = event.target.closest("[data-object]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      load(link.getAttribute("href"), link.textContent.trim());
    } else if (button) {
      openObjection(button);
    }
  });
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    const params = new URLSearchParams(new FormData(event.target));
    load(`?${params}`, "");
  });

  async function load(wanted, focusOn = null) {
    clearTimeout(timer);
    timer = null;
    const number = ++asked;
    const version = room.state.claims?.version;
    place.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`/meetings/${room.slug}/claims/${wanted}`, {
        headers: { "X-Requested-With": "XMLHttpRequest", Accept: "text/html" },
        credentials: "same-origin",
      });
      if (!response.ok) throw new Error(String(response.status));
      const text = await response.text();
      if (number !== asked) return;
      query = wanted;
      shownVersion = version;
      show(text, focusOn);
    } catch {
      if (number === asked && shownVersion === null) showFailure(wanted);
    } finally {
      if (number === asked) place.removeAttribute("aria-busy");
    }
  }

  function show(text, focusOn) {
    const typing = place.querySelector("form");
    const holdsFocus = typing?.contains(document.activeElement);
    const search = typing?.querySelector("input[type=search]");
    const half = search && search.value !== search.defaultValue;
    const fresh = document.createElement("template");
    fresh.innerHTML = text;
    for (const button of fresh.content.querySelectorAll("[data-object]")) {
      button.hidden = !isVerifying(room) || !room.can("object_to_claim");
    }
    // What somebody is typing stays as it is while the table below it is renewed.
    if (focusOn === null && (holdsFocus || half)) {
      const selection = search && [search.selectionStart, search.selectionEnd];
      fresh.content.querySelector("form").replaceWith(typing);
      place.replaceChildren(fresh.content);
      if (holdsFocus) {
        search.focus();
        search.setSelectionRange(...selection);
      }
      return;
    }
    place.replaceChildren(fresh.content);
    if (focusOn === null) return;
    const caption = place.querySelector("caption, .empty");
    if (caption) room.announce(caption.textContent.trim().replace(/\s+/g, " "));
    const same = [...place.querySelectorAll("a[data-claims-link]")].find(
      (one) => focusOn && one.textContent.trim() === focusOn,
    );
    (same ?? place.querySelector("input[type=search]"))?.focus();
  }

  function showFailure(wanted) {
    replace(
      place,
      h(
        "div",
        { class: "empty" },
        h("p", {}, gettext("债权表暂时打不开。")),
        h(
          "button",
          { type: "button", class: "button", on: { click: () => load(wanted, "") } },
          gettext("重试"),
        ),
      ),
    );
  }

  // --- objecting to a row ---

  function openObjection(button) {
    const { claim, number, creditor } = button.dataset;
    showObjection({ claim: Number(claim), number, creditor }, true);
  }

  function showObjection(about, focus) {
    room.drafts.write("object-to", about);
    const choose = makeChoice();
    const form = makeForm(room, {
      key: `object:${about.claim}`,
      fields: objectionFields(),
      button: gettext("提交异议"),
      send: (typed) => sendObjection(room, about.claim, typed, choose.value()),
      done: gettext("已提交异议，管理人将答复。"),
      onClose: () => {
        room.drafts.drop("object-to");
        replace(objecting);
        place.querySelector(`[data-object][data-claim="${about.claim}"]`)?.focus();
      },
    });
    const title = say(gettext("对第 %(n)s 号 %(who)s 的债权提出异议"), {
      n: about.number,
      who: about.creditor,
    });
    form.node.hidden = false;
    replace(
      objecting,
      h("div", { class: "card verify-item" }, h("h3", {}, title), choose.node, form.node),
    );
    if (focus) {
      form.open();
      objecting.scrollIntoView({ block: "nearest" });
    }
  }

  // Whoever acts for several creditors says for which of them.
  function makeChoice() {
    const held = Object.values(room.state.represented ?? {});
    if (held.length < 2) return { node: null, value: () => held[0]?.id ?? null };
    const select = h(
      "select",
      { id: "claims-objector" },
      held.map((one) => h("option", { value: String(one.id) }, one.name)),
    );
    return {
      node: h(
        "div",
        { class: "field" },
        h("label", { for: "claims-objector" }, gettext("以谁的名义")),
        select,
      ),
      value: () => Number(select.value),
    };
  }

  const kept = room.drafts.read("object-to");
  if (kept) showObjection(kept, false);

  function renewSoon() {
    if (timer !== null) return;
    const pause = room.state.me?.staff ? STAFF_PAUSE : PAUSE * (1 + Math.random());
    timer = setTimeout(() => {
      timer = null;
      if (isShown && place.isConnected && !node.closest("[hidden]")) load(query);
    }, pause);
  }

  return {
    node,
    shown() {
      isShown = true;
      if (shownVersion !== room.state.claims?.version) load(query);
    },
    update(changed) {
      if (shownVersion === null || !changed?.has("claims")) return;
      if (shownVersion !== room.state.claims?.version && isShown) renewSoon();
    },
  };
}
