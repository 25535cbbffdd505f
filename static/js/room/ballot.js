// One creditor's ballot on one resolution: choose, check, send, receipt; change while open.
//
// A half-made choice belongs to the person: no event, reconnection or reload takes it away.

import { exactTime, fullMoney, h, replace, say, setText } from "./dom.js";
import { choiceName, groupName, whyNoVote } from "./rules.js";

const CHOICES = ["for", "against", "abstain"];

/** The ballot's view; `update()` after every change of the room. */
export function makeBallot(room, resolutionId, creditorId) {
  const key = `ballot:${resolutionId}:${creditorId}`;
  const place = h("div", { class: "ballot", dataset: { creditor: creditorId } });
  let draft = room.drafts.read(key) ?? { choice: null, step: "choose", changing: false };
  let refusal = "";
  let drawn = "";
  let view = null;

  const resolution = () => room.state.resolutions[resolutionId];
  const right = () => room.state.my_rights?.[resolutionId]?.[creditorId] ?? null;
  const recorded = () => room.state.ballots?.[resolutionId]?.[creditorId] ?? null;
  const name = () => room.state.represented?.[creditorId]?.name ?? "";
  const isOpen = () => resolution().state === "open" && !room.isPast(resolution());

  function sending() {
    return room
      .waiting("cast_ballot")
      .find(
        ({ data }) =>
          data.resolution === Number(resolutionId) && data.creditor === Number(creditorId),
      );
  }

  function keep(changes) {
    draft = { ...draft, ...changes };
    room.drafts.write(key, draft);
  }

  function mode() {
    if (!right()) return "none";
    if (!right().votes) return "no-vote";
    if (sending()) return "sending";
    if (!isOpen()) return "over";
    if (recorded() && !draft.changing) return "receipt";
    return draft.step === "check" && draft.choice ? "check" : "choose";
  }

  function update() {
    const now = mode();
    const ballot = recorded();
    const signature = [
      now,
      now === "receipt" || now === "over" ? (ballot?.number ?? "") : "",
      now === "check" ? draft.choice : "",
    ].join("|");
    if (signature !== drawn) {
      const focused = place.contains(document.activeElement);
      drawn = signature;
      view = VIEWS[now]();
      replace(place, view.node);
      if (focused) view.focus?.focus();
    }
    view.refresh?.();
  }

  // --- the steps ---

  function weightLine() {
    const groups = right().groups.map(groupName).filter(Boolean);
    return h(
      "div",
      { class: "weight" },
      h(
        "span",
        {},
        say(gettext("表决人：%(name)s"), { name: name() }),
        groups.length > 0 && h("small", {}, ` ${groups.join(gettext("、"))}`),
      ),
      h("b", {}, fullMoney(right().amount)),
    );
  }

  function headsOnly() {
    if (Number(right().amount) > 0) return null;
    return h(
      "p",
      { class: "hint" },
      gettext("您的债权有财产担保且未放弃优先受偿权：计入人数，不计入无财产担保债权额。"),
    );
  }

  function choose() {
    const error = h("p", { class: "error", role: "alert", hidden: true });
    const earlier = h("p", { class: "notice", hidden: true });
    const group = `choice-${resolutionId}-${creditorId}`;
    const radios = CHOICES.map((choice) =>
      h("input", {
        type: "radio",
        name: group,
        value: choice,
        "aria-label": choiceName(choice),
        "aria-describedby": choice === "abstain" ? `${group}-note` : null,
        checked: draft.choice === choice,
        on: {
          change: () => {
            keep({ choice });
            error.hidden = true;
          },
        },
      }),
    );
    const heading = h("legend", {}, weightLine());
    const form = h(
      "form",
      {
        class: "ballot-form",
        on: {
          submit: (event) => {
            event.preventDefault();
            if (!draft.choice) {
              error.hidden = false;
              setText(error, gettext("请先选择同意、反对或者弃权。"));
              radios[0].focus();
              return;
            }
            refusal = "";
            keep({ step: "check" });
            update();
          },
        },
      },
      earlier,
      h(
        "fieldset",
        { class: "bare" },
        heading,
        headsOnly(),
        h(
          "div",
          { class: "choices" },
          radios.map((radio) =>
            h(
              "label",
              { class: `choice choice--${radio.value}` },
              radio,
              h("b", {}, choiceName(radio.value)),
              radio.value === "abstain" && h("small", { id: `${group}-note` }, gettext("不计入同意")),
            ),
          ),
        ),
      ),
      error,
      h(
        "button",
        { type: "submit", class: "button button--primary button--wide" },
        gettext("下一步：核对"),
      ),
      draft.changing &&
        h(
          "button",
          {
            type: "button",
            class: "button button--quiet button--wide",
            on: {
              click: () => {
                keep({ changing: false, step: "choose", choice: null });
                update();
              },
            },
          },
          gettext("不更改了"),
        ),
      h(
        "p",
        { class: "hint" },
        gettext("提交前还有一步核对。表决截止前可以更改，以最后一次为准。"),
      ),
    );
    function refresh() {
      const ballot = recorded();
      earlier.hidden = !ballot;
      if (ballot) {
        setText(
          earlier,
          say(gettext("目前记录的表决：%(choice)s（%(time)s）。再次提交将以新的为准。"), {
            choice: choiceName(ballot.choice),
            time: exactTime(ballot.at),
          }),
        );
      }
    }
    return { node: form, focus: radios.find((radio) => radio.checked) ?? radios[0], refresh };
  }

  function check() {
    const title = h(
      "h4",
      { tabindex: "-1", class: "check-title" },
      gettext("请核对后提交"),
    );
    const error = h("p", { class: "error", role: "alert", hidden: true });
    const node = h(
      "div",
      { class: "check" },
      title,
      h(
        "dl",
        { class: "facts" },
        h("dt", {}, gettext("表决事项")),
        h("dd", {}, resolution().title),
        h("dt", {}, gettext("表决人")),
        h("dd", {}, name()),
        h("dt", {}, gettext("表决额")),
        h("dd", {}, fullMoney(right().amount)),
        h("dt", {}, gettext("您的意见")),
        h(
          "dd",
          {},
          h("strong", { class: `said said--${draft.choice}` }, choiceName(draft.choice)),
        ),
      ),
      error,
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          {
            type: "button",
            class: "button button--primary button--wide",
            on: { click: () => send() },
          },
          gettext("确认提交"),
        ),
        h(
          "button",
          {
            type: "button",
            class: "button button--wide",
            on: {
              click: () => {
                keep({ step: "choose" });
                update();
              },
            },
          },
          gettext("返回修改"),
        ),
      ),
    );
    return {
      node,
      focus: title,
      refresh() {
        error.hidden = !refusal;
        setText(error, refusal);
      },
    };
  }

  function sendingView() {
    const text = h("p", { tabindex: "-1", role: "status" });
    const reload = h(
      "button",
      { type: "button", class: "button", hidden: true, on: { click: () => location.reload() } },
      gettext("重新载入"),
    );
    const node = h(
      "div",
      { class: "notice sending" },
      h("span", { class: "turning", "aria-hidden": "true" }),
      h("div", {}, text, reload),
    );
    return {
      node,
      focus: text,
      refresh() {
        const { id, data } = sending();
        const stuck = room.status !== "connected" && room.isStuck(id);
        reload.hidden = !stuck;
        node.classList.toggle("notice--warn", stuck);
        setText(text, say(sendingWords(stuck), { choice: choiceName(data.choice) }));
      },
    };
  }

  function sendingWords(stuck) {
    if (room.status === "connected") return gettext("正在提交：%(choice)s…");
    return stuck
      ? gettext(
          "您的表决（%(choice)s）还没有送达：服务器没有给出正常的回答。它已保留，请重新载入本页，需要时重新登录，随后会自动提交。",
        )
      : gettext("网络中断。您的表决（%(choice)s）已保留，恢复后自动提交，请不要关闭本页。");
  }

  function receiptBox(ballot) {
    const title = h(
      "h4",
      { tabindex: "-1" },
      h("span", { class: "tick", "aria-hidden": "true" }, "✓"),
      say(gettext("已投：%(choice)s"), { choice: choiceName(ballot.choice) }),
    );
    const hash = receiptHash(ballot.receipt);
    const node = h(
      "div",
      { class: "receipt" },
      title,
      h(
        "dl",
        { class: "facts" },
        h("dt", {}, gettext("表决人")),
        h("dd", {}, say(gettext("%(name)s（由 %(voter)s 投出）"), { name: name(), voter: ballot.voter })),
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
      ),
    );
    return { node, title };
  }

  function receipt() {
    const { node, title } = receiptBox(recorded());
    node.append(
      h(
        "button",
        {
          type: "button",
          class: "button",
          on: {
            click: () => {
              keep({ changing: true, step: "choose", choice: recorded().choice });
              update();
              view.focus?.focus();
            },
          },
        },
        gettext("更改表决"),
      ),
      h("p", { class: "hint" }, gettext("截止前可以更改，以最后一次为准。")),
    );
    return { node, focus: title };
  }

  function over() {
    const ballot = recorded();
    if (ballot) {
      const { node, title } = receiptBox(ballot);
      return { node, focus: title };
    }
    const unsent = draft.choice;
    return {
      node: h(
        "div",
        { class: "notice notice--warn" },
        h(
          "p",
          {},
          say(gettext("表决已截止，%(name)s没有投票。"), { name: name() }),
          " ",
          unsent &&
            say(gettext("您选择的“%(choice)s”没有提交。"), { choice: choiceName(unsent) }),
        ),
      ),
    };
  }

  function noVote() {
    return {
      node: h(
        "div",
        { class: "notice" },
        h("p", {}, h("strong", {}, name())),
        h("p", {}, whyNoVote(right().reason)),
      ),
    };
  }

  function none() {
    return {
      node: h(
        "p",
        { class: "notice" },
        say(gettext("%(name)s：%(why)s"), { name: name(), why: whyNoVote("") }),
      ),
    };
  }

  // By POST the receipt comes without the event that shows it, as long as no socket can be had.
  function learnReceipt(receipt) {
    if (recorded()?.number === receipt.number || !receipt.number) return;
    const ballot = {
      choice: receipt.choice,
      at: receipt.at,
      number: receipt.number,
      amount: receipt.amount,
      voter: room.state.me.person.name,
      receipt,
    };
    room.learn({ [`ballots/${resolutionId}/${creditorId}`]: ballot });
  }

  async function send() {
    const choice = draft.choice;
    refusal = "";
    const sent = room.command("cast_ballot", {
      resolution: Number(resolutionId),
      choice,
      creditor: Number(creditorId),
    });
    update();
    try {
      learnReceipt(await sent);
      room.drafts.drop(key);
      draft = { choice: null, step: "choose", changing: false };
      room.announce(say(gettext("已记录您的表决：%(choice)s。"), { choice: choiceName(choice) }));
    } catch (error) {
      refusal = error.message;
      room.announce(refusal);
    }
    room.refresh("ballots");
  }

  const VIEWS = {
    "choose": choose,
    "check": check,
    "sending": sendingView,
    "receipt": receipt,
    "over": over,
    "no-vote": noVote,
    "none": none,
  };
  return { node: place, update };
}

function receiptHash(receipt) {
  return receipt?.entry_hash ?? "";
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
