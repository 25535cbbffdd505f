// The claims table as the server shows it to this person: searched, sorted and paged there.

import { makeGrid } from "../../claims/grid.js";
import { h, replace, say } from "../dom.js";
import { makeForm, objectionFields, objectionFiles, sendObjection } from "./forms.js";
import { isVerifying } from "./own.js";

const STAFF_PAUSE = 1500;
// A thousand rooms must not all ask again at once because one creditor confirmed its claim.
const PAUSE = 8000;

/** Make the section of the table. */
export function makeTable(room) {
  const place = h("div", { class: "verify-table", "aria-live": "off" });
  const objecting = h("div", {});
  const lists = h("div", {});
  const node = h(
    "section",
    { "aria-labelledby": "claims-table-title" },
    h("h2", { id: "claims-table-title" }, gettext("债权表")),
    lists,
    objecting,
    place,
  );
  let shownVersion = null;
  let isShown = false;
  let timer = null;

  const grid = makeGrid(place, {
    address: `/meetings/${room.slug}/claims/`,
    announce: (text) => text && room.announce(text),
    prepare: (fragment) => {
      for (const button of fragment.querySelectorAll("[data-object]")) {
        button.hidden = !isVerifying(room) || !room.can("object_to_claim");
      }
    },
    began: () => room.state.claims?.version,
    shown: (version) => {
      shownVersion = version;
      // It changed once more while this came.
      if (version !== room.state.claims?.version) renewSoon();
    },
    failed: (retry, isLoaded) => {
      if (!isLoaded) showFailure(retry);
    },
  });

  place.addEventListener("click", (event) => {
    const button = event.target.closest("[data-object]");
    if (button) openObjection(button);
  });

  function showFailure(retry) {
    replace(
      place,
      h(
        "div",
        { class: "empty" },
        h("p", {}, gettext("债权表暂时打不开。")),
        h(
          "button",
          { type: "button", class: "button", on: { click: retry } },
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
      files: objectionFiles(),
      send: (typed, files) => sendObjection(room, about.claim, typed, choose.value(), files),
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
      if (isShown && place.isConnected && !node.closest("[hidden]")) grid.renew();
    }, pause);
  }

  // To the staff: how the last list of claims without objection stands with the court.
  function showLists() {
    const all = Object.values(room.state.undisputed ?? {});
    const last = all.reduce((a, b) => (a && a.number > b.number ? a : b), null);
    replace(
      lists,
      last &&
        h(
          "p",
          { class: "notice" },
          h(
            "a",
            { href: `/cases/${last.case}/claims/undisputed/${last.number}/` },
            say(gettext("第 %(n)s 号无异议债权表"), { n: last.number }),
          ),
          "　",
          listState(last),
        ),
    );
  }

  showLists();

  return {
    node,
    shown() {
      isShown = true;
      if (shownVersion !== room.state.claims?.version) grid.renew();
    },
    update(changed) {
      if (!changed || changed.has("undisputed")) showLists();
      if (shownVersion === null || !changed?.has("claims")) return;
      if (shownVersion !== room.state.claims?.version && isShown) renewSoon();
    },
  };
}

function listState(list) {
  if (list.state === "confirmed") {
    return say(gettext("已由法院裁定确认（%(ruling)s）"), { ruling: list.ruling });
  }
  return list.state === "returned" ? gettext("已退回") : gettext("已提请法院裁定");
}
