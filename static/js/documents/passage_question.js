// One question to a passage as it stands beside the page: what was asked, the answer, answering.

import { h, replace, say, setText, time } from "../room/dom.js";
import { makeWriting } from "../room/panels/writing.js";

/** Make it; `goThere` goes to its page. Returns {node, update()}. */
export function makePassageQuestion(room, id, goThere) {
  const who = h("p", { class: "hint" });
  const quote = h("blockquote", { class: "passage-quote", hidden: true });
  const text = h("p", { class: "question-text" });
  const mark = h("p", { class: "question-mark", hidden: true }, gettext("未公开"));
  const answer = h("div", { class: "answer", hidden: true });
  let open = Boolean(room.drafts.read(`answer-here:${id}`));
  const form = makeWriting(room, {
    key: `answer-here:${id}`,
    label: gettext("答复"),
    button: gettext("发布答复"),
    max: 4000,
    send: (words) => room.command("answer_question", { question: id, answer: words }),
    done: gettext("已发布答复。"),
    visible: () => open && room.can("answer_question"),
    onDone: () => {
      open = false;
      update();
      toggle.focus();
    },
  });
  const toggle = h("button", {
    type: "button",
    class: "button button--small",
    on: {
      click: () => {
        open = !open;
        goThere();
        update();
        if (open) form.text.focus();
      },
    },
  });
  const more = h(
    "button",
    { type: "button", class: "button button--quiet button--small", on: {
      click: () => room.open("questions", id),
    } },
    gettext("在“发言与提问”中查看"),
  );
  const node = h(
    "li",
    { class: "passage-question" },
    who,
    quote,
    text,
    mark,
    answer,
    h("div", { class: "actions" }, toggle, more),
    form.node,
  );

  function update() {
    const one = room.state.questions?.[id];
    if (!one) return;
    setText(who, [one.asker, time(one.at)].filter(Boolean).join(" · "));
    quote.hidden = !one.passage.quote;
    setText(quote, one.passage.quote);
    setText(text, one.text);
    mark.hidden = one.shown;
    drawAnswer(one);
    toggle.hidden = !room.can("answer_question");
    setText(toggle, open ? gettext("收起") : one.answered_at ? gettext("修改答复") : gettext("答复"));
    toggle.setAttribute("aria-expanded", String(open));
    form.update();
  }

  function drawAnswer(one) {
    answer.hidden = !one.answered_at;
    if (!one.answered_at || answer.dataset.at === one.answered_at) return;
    answer.dataset.at = one.answered_at;
    const words = one.live ? gettext("%(who)s 当场答复 · %(at)s") : gettext("%(who)s 答复 · %(at)s");
    const told = say(words, { who: one.answered_by, at: time(one.answered_at) });
    replace(answer, h("p", { class: "hint" }, told), one.answer && h("p", {}, one.answer));
  }

  update();
  return { node, update };
}
