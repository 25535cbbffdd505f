// The chair opens several polls at once, or closes all that are open.

import { closingFields } from "./closing_fields.js";
import { confirmStep } from "./confirm.js";
import { h, replace, say } from "./dom.js";

/** The controls above the list of votes; `update()` after every change of the room. */
export function makeOpenTogether(room) {
  const node = h("div", { class: "form chair together", hidden: true });
  let drawn = "";

  function update() {
    const all = Object.values(room.state.resolutions ?? {}).sort(
      (a, b) => a.position - b.position || a.id - b.id,
    );
    const drafts = all.filter((one) => one.state === "draft");
    const open = all.filter((one) => one.state === "open");
    const chair = room.can("open_poll");
    const steps = [
      chair && room.state.meeting.state === "open" && drafts.length > 1 && "open",
      chair && open.length > 1 && "close",
    ].filter(Boolean);
    const wanted = JSON.stringify([steps, titles(drafts), titles(open)]);
    if (wanted === drawn) return;
    drawn = wanted;
    node.hidden = steps.length === 0;
    replace(
      node,
      h(
        "div",
        { class: "actions chair-actions" },
        steps.includes("open") && opening(room, drafts),
        steps.includes("close") && closing(room, open),
      ),
    );
  }

  return { node, update };
}

const titles = (some) => some.map((one) => [one.id, one.title]);

function opening(room, drafts) {
  const fields = closingFields("together", {
    none: gettext("由主持人手动截止"),
    minutes: 15,
    words: gettext("开始后 %(n)s 分钟截止"),
  });
  const boxes = drafts.map((one) =>
    h("input", { type: "checkbox", value: String(one.id), id: `together-${one.id}` }),
  );
  return confirmStep({
    label: gettext("同时开始多项表决"),
    question: gettext("选择同时开始的表决。登记册将按现在的债权表冻结，参会人员在一页上投票，一次提交。"),
    yes: gettext("确认开始"),
    kind: "button--primary",
    fields: () => [
      h(
        "fieldset",
        { class: "bare together-list" },
        h("legend", {}, gettext("表决事项")),
        boxes.map((box, index) =>
          h("label", { class: "check-line", for: box.id }, box, h("span", {}, drafts[index].title)),
        ),
      ),
      fields.nodes,
    ],
    run: async () => {
      const resolutions = boxes.filter((box) => box.checked).map((box) => Number(box.value));
      if (!resolutions.length) throw new Error(gettext("请至少选择一项表决。"));
      return room.command("open_polls", { resolutions, ...fields.read() });
    },
  });
}

function closing(room, open) {
  return confirmStep({
    label: say(gettext("截止全部 %(n)s 项表决"), { n: open.length }),
    question: gettext("现在截止全部正在进行的表决并计票？截止后不能再投票，结果不能改写。"),
    yes: gettext("确认全部截止"),
    kind: "button--seal",
    run: () => room.command("close_polls", { resolutions: open.map((one) => one.id) }),
  });
}
