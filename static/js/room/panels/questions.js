// Questions in writing, and the answers of the administrator or the judge.

import { h, keep, replace, say, setText, time } from "../dom.js";

/** Mount the panel. */
export function mount(root, room) {
  const ask = makeAsk(room);
  const list = h("ul", { class: "questions plain" });
  const empty = h("p", { class: "empty" }, gettext("还没有人提问。"));
  const views = new Map();
  replace(root, h("h2", { class: "visually-hidden" }, gettext("提问")), ask.node, empty, list);

  function update(changed) {
    if (changed && !["questions", "meeting", "me", "agenda"].some((name) => changed.has(name))) {
      return;
    }
    ask.update();
    const all = Object.values(room.state.questions ?? {}).sort((a, b) => b.id - a.id);
    empty.hidden = all.length > 0;
    keep(
      list,
      all,
      (one) => one.id,
      (one) => {
        const view = makeQuestion(room, one.id);
        views.set(one.id, view);
        return view.node;
      },
      (node, one) => views.get(one.id).update(),
    );
    const open = all.filter((one) => !one.answer).length;
    room.badge("questions", room.can("answer_question") ? open : 0);
  }

  return {
    update,
    shown(id) {
      views.get(Number(id))?.node.scrollIntoView({ block: "center" });
    },
  };
}

function makeAsk(room) {
  return makeForm(room, {
    key: "question",
    label: gettext("书面提问"),
    hint: gettext("所有参会人员都能看到您的提问和答复。"),
    button: gettext("提交提问"),
    max: 2000,
    send: (text) => room.command("ask_question", { text }),
    done: gettext("已提交提问。"),
    visible: () => room.can("ask_question") && room.state.meeting.state !== "closed",
  });
}

function makeForm(room, { key, label, hint, button, max, send, done, visible, onDone }) {
  const id = `field-${key}`;
  const text = h("textarea", {
    id,
    rows: "3",
    maxlength: String(max),
    value: room.drafts.read(key) ?? "",
    "aria-describedby": hint ? `${id}-hint` : null,
    on: { input: () => room.drafts.write(key, text.value) },
  });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button button--primary" }, button);
  const node = h(
    "form",
    {
      class: "form ask",
      on: {
        submit: (event) => {
          event.preventDefault();
          go();
        },
      },
    },
    h("div", { class: "field" }, h("label", { for: id }, label), text),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    error,
    submit,
  );

  function complain(message) {
    setText(error, message);
    error.hidden = false;
    text.focus();
  }

  async function go() {
    const words = text.value.trim();
    error.hidden = true;
    if (!words) {
      complain(gettext("请先写下内容。"));
      return;
    }
    if (submit.getAttribute("aria-busy") === "true") return;
    submit.setAttribute("aria-busy", "true");
    try {
      await send(words);
      text.value = "";
      room.drafts.drop(key);
      room.announce(done);
      onDone?.();
    } catch (refusal) {
      complain(refusal.message);
    } finally {
      submit.removeAttribute("aria-busy");
    }
  }

  return {
    node,
    update() {
      node.hidden = !visible();
    },
  };
}

function makeQuestion(room, id) {
  const who = h("p", { class: "hint" });
  const text = h("p", { class: "question-text" });
  const answer = h("div", { class: "answer", hidden: true });
  const form = makeForm(room, {
    key: `answer:${id}`,
    label: gettext("答复"),
    button: gettext("发布答复"),
    max: 4000,
    send: (words) => room.command("answer_question", { question: id, answer: words }),
    done: gettext("已发布答复。"),
    visible: () => open,
    onDone: () => {
      open = false;
      update();
    },
  });
  const toggle = h(
    "button",
    {
      type: "button",
      class: "button button--small",
      on: {
        click: () => {
          open = !open;
          update();
          if (open) form.node.querySelector("textarea").focus();
        },
      },
    },
    gettext("答复"),
  );
  const node = h("li", { class: "question card" }, who, text, answer, toggle, form.node);
  let open = Boolean(room.drafts.read(`answer:${id}`));

  function update() {
    const one = room.state.questions[id];
    const item = room.state.agenda?.[one.item];
    setText(who, [one.asker, time(one.at), item?.title].filter(Boolean).join(" · "));
    setText(text, one.text);
    answer.hidden = !one.answer;
    if (one.answer) {
      const words = say(gettext("%(who)s 答复 · %(at)s"), {
        who: one.answered_by,
        at: time(one.answered_at),
      });
      if (answer.dataset.at !== one.answered_at) {
        answer.dataset.at = one.answered_at;
        replace(answer, h("p", { class: "hint" }, words), h("p", {}, one.answer));
      }
    }
    toggle.hidden = !room.can("answer_question");
    setText(toggle, open ? gettext("收起") : one.answer ? gettext("修改答复") : gettext("答复"));
    toggle.setAttribute("aria-expanded", String(open));
    form.update();
  }

  return { node, update };
}
