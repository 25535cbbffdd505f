// What was cast: a receipt each, in full for a few, as a list for many.

import { exactTime, fullMoney, h, say } from "../dom.js";
import { choiceName, groupName } from "../rules.js";

/** What a ballot says, in words; by group where its groups differ. */
export function choiceWords(ballot) {
  const byGroup = Object.entries(ballot.choices ?? {});
  const all = byGroup.map(([, choice]) => choice);
  if (all.length > 1 && new Set(all).size > 1) {
    return byGroup
      .map(([group, choice]) => groupName(group) + gettext("：") + choiceName(choice))
      .join(gettext("；"));
  }
  return choiceName(ballot.choice) ?? choiceName(all[0]) ?? "";
}

/** A receipt in full; its title can take the focus. */
export function receiptBox(room, item) {
  const { ballot } = item;
  const title = h(
    "h4",
    { tabindex: "-1" },
    h("span", { class: "tick", "aria-hidden": "true" }, "✓"),
    say(gettext("已投：%(choice)s"), { choice: choiceWords(ballot) }),
  );
  const node = h("div", { class: "receipt" }, title, receiptFacts(room, item), receiptActions(room, ballot));
  return { node, title };
}

function receiptFacts(room, { ballot, name }) {
  const hash = ballot.receipt?.entry_hash ?? "";
  const by =
    ballot.way === "paper"
      ? gettext("%(name)s（书面表决票）")
      : gettext("%(name)s（由 %(voter)s 投出）");
  return h(
    "dl",
    { class: "facts" },
    h("dt", {}, gettext("表决人")),
    h("dd", {}, say(by, { name, voter: ballot.voter })),
    h("dt", {}, gettext("记录时间")),
    h("dd", {}, exactTime(ballot.at)),
    h("dt", {}, gettext("表决额")),
    h("dd", {}, fullMoney(ballot.amount)),
    h("dt", {}, gettext("回执编号")),
    h("dd", {}, h("code", {}, ballot.number), " ", copyButton(room, ballot.number)),
    hash && [
      h("dt", {}, gettext("回执指纹")),
      h("dd", {}, h("code", { class: "hash" }, hash), " ", copyButton(room, hash)),
    ],
  );
}

/** What can be done with a receipt: kept as PDF, sent by e-mail, checked by anybody. */
function receiptActions(room, ballot) {
  return h(
    "div",
    { class: "actions receipt-actions" },
    h(
      "a",
      {
        class: "button button--small",
        href: `/meetings/${room.slug}/receipts/${encodeURIComponent(ballot.number)}.pdf`,
        download: "",
      },
      gettext("下载回执"),
    ),
    mailButton(room, ballot),
    h(
      "a",
      {
        class: "button button--small",
        href: checkAddress(ballot),
        target: "_blank",
      },
      gettext("查验回执"),
    ),
  );
}

// The public page asks for the number and the first characters of the entry's hash.
function checkAddress(ballot) {
  const code = (ballot.receipt?.entry_hash ?? "").slice(0, 16);
  return `/check/?${new URLSearchParams({ n: ballot.number, c: code })}`;
}

function mailButton(room, ballot) {
  const button = h(
    "button",
    { type: "button", class: "button button--small", on: { click: () => go() } },
    gettext("发送到我的邮箱"),
  );
  async function go() {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await room.command("email_receipt", { number: ballot.number });
      room.notify({ text: gettext("回执正在发送到您的邮箱。"), kind: "ok" });
    } catch (refusal) {
      room.notify({ text: refusal.message, kind: "warn" });
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
  return button;
}

/** Receipts of many creditors as a list; each opens to the whole receipt. */
export function receiptList(room, items) {
  return h(
    "ul",
    { class: "plain receipt-list" },
    items.map((item) => {
      const body = h("div", { class: "receipt-more" });
      const details = h(
        "details",
        {
          on: {
            toggle: () => {
              if (details.open && !body.childElementCount) {
                body.append(receiptFacts(room, item), receiptActions(room, item.ballot));
              }
            },
          },
        },
        h(
          "summary",
          {},
          h("span", { class: "principal-name" }, item.name),
          h(
            "span",
            { class: "receipt-said" },
            h("span", { class: "tick", "aria-hidden": "true" }, "✓"),
            choiceWords(item.ballot),
          ),
        ),
        body,
      );
      return h("li", { class: "receipt-line" }, details);
    }),
  );
}

function copyButton(room, text) {
  return h(
    "button",
    {
      type: "button",
      class: "button button--quiet button--small",
      "aria-label": say(gettext("复制 %(text)s"), { text: text.slice(0, 12) }),
      on: {
        click: async () => {
          try {
            await navigator.clipboard.writeText(text);
            room.announce(gettext("已复制。"));
            room.notify({ text: gettext("已复制。"), kind: "ok" });
          } catch {
            room.notify({ text: gettext("浏览器不允许复制，请手动选取。"), kind: "warn" });
          }
        },
      },
    },
    gettext("复制"),
  );
}
