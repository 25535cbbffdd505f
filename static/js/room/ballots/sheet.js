// Everything that is voted on at once: chosen, checked once, sent once, a receipt each.

import { fullMoney, h, replace, say, setText } from "../dom.js";
import { choiceName, groupName } from "../rules.js";
import { lineAmount, sumOf } from "./choices.js";

/**
 * The step after choosing; `update()` after every change of the room. `isAlone()` says whether it
 * stands within the one resolution that is voted on.
 */
export function makeSheet(room, isAlone) {
  const { book } = room;
  const node = h("div", { class: "sheet" });
  let drawn = "";
  let view = null;
  let refusal = "";

  function mode() {
    if (book.sent().length) return "sending";
    if (!book.allDue().length) return "none";
    return book.step;
  }

  function update() {
    const now = mode();
    const wanted = now === "check" ? `check|${JSON.stringify(toSend())}` : now;
    if (wanted !== drawn) {
      const focused = node.contains(document.activeElement);
      drawn = wanted;
      view = VIEWS[now]();
      replace(node, view.node);
      node.hidden = now === "none";
      if (focused) view.focus?.focus();
    }
    view.refresh?.();
  }

  const toSend = () =>
    book.ready().map((item) => [item.key, book.ballotOf(item), book.failure(item)]);
  const title = (id) => room.state.resolutions[id].title;

  // --- choosing ---

  function choose() {
    const error = h("p", { class: "error", role: "alert", hidden: true });
    const progress = h("p", { class: "sheet-progress", role: "status" });
    const button = h(
      "button",
      {
        type: "button",
        class: "button button--primary button--wide",
        on: { click: () => toCheck(error) },
      },
      gettext("下一步：核对"),
    );
    return {
      node: h(
        "div",
        { class: "sheet-foot" },
        progress,
        error,
        button,
        h("p", { class: "hint" }, gettext("提交前还有一步核对。表决截止前可以更改，以最后一次为准。")),
      ),
      focus: button,
      refresh() {
        const due = book.allDue();
        const ready = book.ready();
        progress.hidden = due.length < 2;
        setText(
          progress,
          say(gettext("共 %(all)s 票，已选 %(chosen)s 票。"), {
            all: due.length,
            chosen: ready.length,
          }),
        );
        if (ready.length) error.hidden = true;
      },
    };
  }

  function toCheck(error) {
    if (!book.ready().length) {
      error.hidden = false;
      setText(
        error,
        book.allDue().some((item) => book.isApart(item))
          ? gettext("请先在每一组中选择同意、反对或者弃权。")
          : gettext("请先选择同意、反对或者弃权。"),
      );
      document.querySelector(".ballot-form:not([hidden]) input:not(:disabled)")?.focus();
      return;
    }
    refusal = "";
    book.toStep("check");
    room.refresh("picks");
    view.focus.focus();
    node.scrollIntoView({ block: "nearest" });
  }

  // --- checking ---

  function check() {
    const ready = book.ready();
    const failed = ready.filter((item) => book.failure(item));
    const heading = h(
      isAlone() ? "h4" : "h3",
      { tabindex: "-1", class: "check-title" },
      failed.length
        ? say(gettext("%(n)s 票没有提交成功"), { n: failed.length })
        : gettext("请核对后提交"),
    );
    const error = h("p", { class: "error", role: "alert", hidden: true });
    const missing = unchosen();
    const box = h(
      "div",
      { class: "check" },
      heading,
      failed.length > 0 && ready.length > 1 && h("p", { class: "hint" }, gettext("其余已经记录。")),
      ready.length === 1 && !book.isApart(ready[0]) ? one(ready[0]) : every(ready),
      missing,
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
          sendWords(ready, failed),
        ),
        h(
          "button",
          { type: "button", class: "button button--wide", on: { click: () => back() } },
          gettext("返回修改"),
        ),
      ),
    );
    return {
      node: box,
      focus: heading,
      refresh() {
        const told = refusal || (ready.length === 1 ? book.failure(ready[0]) : "");
        error.hidden = !told;
        setText(error, told);
      },
    };
  }

  function sendWords(ready, failed) {
    if (failed.length === ready.length && ready.length > 1) {
      return say(gettext("重新提交这 %(n)s 票"), { n: ready.length });
    }
    return ready.length === 1
      ? gettext("确认提交")
      : say(gettext("确认提交 %(n)s 票"), { n: ready.length });
  }

  function back() {
    refusal = "";
    book.toStep("choose");
    room.refresh("picks");
    document.querySelector(".ballot-form :checked, .ballot-form input")?.focus();
  }

  function one(item) {
    const choice = book.choiceOf(item);
    const groups = book.groupsOf(item).map(groupName).filter(Boolean);
    return h(
      "dl",
      { class: "facts" },
      h("dt", {}, gettext("表决事项")),
      h("dd", {}, title(item.poll)),
      h("dt", {}, gettext("表决人")),
      h("dd", {}, item.name),
      groups.length > 0 && [h("dt", {}, gettext("表决组")), h("dd", {}, groups.join(gettext("、")))],
      h("dt", {}, gettext("表决额")),
      h("dd", {}, fullMoney(item.right.amount)),
      h("dt", {}, gettext("您的意见")),
      h("dd", {}, said(choice)),
    );
  }

  const said = (choice) => h("strong", { class: `said said--${choice}` }, choiceName(choice));

  // Every choice by name, group and amount; what differs from most stands first.
  function every(ready) {
    const polls = book.going().filter((poll) => ready.some((item) => item.poll === poll.id));
    return polls.map((poll) => {
      const items = ready.filter((item) => item.poll === poll.id);
      const rows = items.flatMap((item) => rowsOf(item));
      const counts = countBy(rows.map((row) => row.choice));
      rows.sort((a, b) => counts[a.choice] - counts[b.choice]);
      const titleId = `check-${poll.id}`;
      return h(
        "section",
        { class: "check-poll" },
        h(isAlone() ? "h5" : "h4", { id: titleId, class: "check-name" }, poll.title),
        items.length > 1 && h("p", { class: "check-sum" }, sumWords(counts, items)),
        h(
          "div",
          {
            class: rows.length > 12 ? "check-rows check-rows--many" : "check-rows",
            role: "group",
            tabindex: rows.length > 12 ? "0" : null,
            "aria-labelledby": titleId,
          },
          table(rows),
        ),
      );
    });
  }

  function rowsOf(item) {
    const groups = book.groupsOf(item);
    const failure = book.failure(item);
    if (groups.length < 2) {
      const group = groups.map(groupName).join("");
      const choice = book.choiceOf(item);
      return [{ name: item.name, group, amount: item.right.amount, choice, failure }];
    }
    return groups.map((group, index) => ({
      name: item.name,
      group: groupName(group),
      amount: lineAmount(item.right, group),
      choice: book.choiceOf(item, group),
      failure: index === 0 ? failure : "",
    }));
  }

  function sumWords(counts, items) {
    const told = Object.entries(counts).map(([choice, n]) => `${choiceName(choice)} ${n}`);
    return say(gettext("%(told)s · 合计 %(amount)s"), {
      told: told.join(" · "),
      amount: fullMoney(sumOf(items)),
    });
  }

  function table(rows) {
    return h(
      "table",
      { class: "table check-table" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, gettext("表决人")),
          h("th", { scope: "col", class: "number" }, gettext("表决额")),
          h("th", { scope: "col" }, gettext("意见")),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            h(
              "th",
              { scope: "row" },
              row.name,
              row.group && h("small", {}, ` ${row.group}`),
              row.failure && h("span", { class: "check-failure" }, row.failure),
            ),
            h("td", { class: "number" }, fullMoney(row.amount)),
            h("td", {}, h("strong", { class: `chosen chosen--${row.choice}` }, choiceName(row.choice))),
          ),
        ),
      ),
    );
  }

  function unchosen() {
    const missing = book.allDue().filter((item) => !book.ballotOf(item));
    if (!missing.length) return null;
    const counts = countBy(missing.map((item) => item.poll));
    return h(
      "div",
      { class: "notice notice--warn" },
      h("p", {}, gettext("还没有选择、本次不提交的：")),
      h(
        "ul",
        {},
        Object.entries(counts).map(([id, n]) =>
          h("li", {}, say(gettext("%(title)s（%(n)s 户）"), { title: title(id), n })),
        ),
      ),
    );
  }

  // --- sending ---

  function sending() {
    const text = h("p", { tabindex: "-1", role: "status" });
    const reload = h(
      "button",
      { type: "button", class: "button", hidden: true, on: { click: () => location.reload() } },
      gettext("重新载入"),
    );
    const box = h(
      "div",
      { class: "notice sending" },
      h("span", { class: "turning", "aria-hidden": "true" }),
      h("div", {}, text, reload),
    );
    return {
      node: box,
      focus: text,
      refresh() {
        const sent = book.sent();
        const stuck = room.status !== "connected" && sent.some(({ id }) => room.isStuck(id));
        const ballots = sent.flatMap(book.ballotsIn);
        reload.hidden = !stuck;
        box.classList.toggle("notice--warn", stuck);
        const choice =
          ballots.length === 1 && ballots[0].choice
            ? choiceName(ballots[0].choice)
            : say(gettext("%(n)s 票"), { n: ballots.length });
        setText(text, say(sendingWords(stuck), { choice }));
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

  async function send() {
    const count = book.ready().length;
    if (!count) return;
    refusal = "";
    const answers = book.send();
    room.refresh("ballots");
    const { done, failed } = await answers;
    const focused = node.contains(document.activeElement);
    if (failed.length && failed.length === count) refusal = failed[0].message;
    room.announce(answerWords(done, failed));
    room.refresh("ballots");
    if (!failed.length) room.cast?.(done, focused);
    else if (focused) view.focus?.focus();
  }

  const VIEWS = {
    none: () => ({ node: null }),
    choose,
    check,
    sending,
  };
  return { node, update, mode };
}

/** What is said once ballots are answered. */
export function answerWords(done, failed) {
  if (failed.length && !done.length) return failed[0].message;
  if (failed.length) {
    return say(gettext("已记录 %(done)s 票，%(failed)s 票没有提交成功。"), {
      done: done.length,
      failed: failed.length,
    });
  }
  if (done.length === 1 && done[0].choice) {
    return say(gettext("已记录您的表决：%(choice)s。"), { choice: choiceName(done[0].choice) });
  }
  return say(gettext("已记录 %(n)s 票。"), { n: done.length });
}

function countBy(values) {
  const counts = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
