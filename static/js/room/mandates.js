// Powers of attorney (授权委托书): whom a creditor let vote for it, and whom a proxy votes for.

import { confirmStep } from "./confirm.js";
import { h, moment, replace, say } from "./dom.js";
import { articleText } from "./rules.js";

/** Keep the list in `place`; it is hidden from whoever gave and holds none. */
export function makeMandates(place, room) {
  let drawn = "";

  function update() {
    const all = Object.values(room.state.mandates ?? {});
    const acting = Object.values(room.state.represented ?? {});
    const own = new Set(acting.filter((one) => one.as === "creditor").map((one) => one.id));
    const given = all.filter((one) => own.has(one.creditor));
    const held = acting.filter((one) => one.as === "proxy");
    const wanted = JSON.stringify([given, held.map((one) => [one.id, one.name, one.mandate])]);
    if (wanted === drawn) return;
    drawn = wanted;
    place.hidden = !own.size && !held.length;
    if (place.hidden) return;
    replace(place, given.length > 0 && givenList(room, given), heldWords(held), handIn(room, own));
  }

  return { update };
}

function givenList(room, given) {
  return [
    h("h3", { class: "me-title" }, gettext("我委托的代理人")),
    h(
      "ul",
      { class: "plain acting" },
      given
        .sort((a, b) => a.id - b.id)
        .map((one) =>
          h(
            "li",
            { class: "mandate" },
            h(
              "div",
              {},
              h("b", {}, one.person_name),
              " ",
              h("span", { class: "badge badge--quiet" }, stateWords(one.state)),
              h("span", { class: "hint" }, scopeWords(one)),
              one.reason && h("span", { class: "hint" }, one.reason),
            ),
            revoking(room, one),
          ),
        ),
    ),
  ];
}

function revoking(room, one) {
  const revocable = ["submitted", "accepted"].includes(one.state);
  if (!revocable || !room.can("revoke_mandate")) return null;
  const used = gettext("代理人已投的票继续有效，您可以在截止前亲自改投；此后其不能再代您表决。");
  const unused = gettext("撤销后，该代理人不能再代您表决。");
  return confirmStep({
    label: gettext("撤销委托"),
    question: one.used ? used : unused,
    yes: gettext("确认撤销"),
    run: () => room.command("revoke_mandate", { mandate: one.id }),
  });
}

function heldWords(held) {
  const lacking = held.filter((one) => one.mandate !== undefined && one.mandate?.state !== "accepted");
  if (!lacking.length) return null;
  return h(
    "p",
    { class: "hint" },
    say(gettext("您代理的 %(n)s 户还没有获认可的授权委托书，获认可前不能代其表决。"), {
      n: lacking.length,
    }),
  );
}

function handIn(room, own) {
  const href = `/cases/${room.state.meeting.case.id}/mandates/`;
  const text = own.size ? gettext("委托代理人") : gettext("授权委托书");
  return h("a", { class: "button button--small", href, target: "_blank" }, text);
}

/** Where a power of attorney stands. */
export function stateWords(state) {
  const words = {
    submitted: gettext("待审核"),
    accepted: gettext("已认可"),
    refused: gettext("未认可"),
    revoked: gettext("已撤销"),
  };
  return words[state] ?? state;
}

function scopeWords(one) {
  const powers = one.powers?.length
    ? one.powers.map((power) => articleText(`EBL 61(1)(${power})`)).join(gettext("、"))
    : gettext("全部事项");
  const until = one.valid_until
    ? say(gettext("，有效期至 %(at)s"), { at: moment(one.valid_until) })
    : "";
  return powers + until;
}
