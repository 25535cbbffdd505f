// The left of the room: current item, quick facts, who I am; the sign-in bar and the pills.

import { fen, fullMoney, h, moment, replace, say, setText, shortMoney, time } from "./dom.js";
import { makeMandates } from "./mandates.js";
import { sorted } from "./panels/agenda.js";
import { meetingStateName, roleName, whyNoVote } from "./rules.js";

const byId = (id) => document.getElementById(id);

/** Draw and keep the parts of the stage. */
export function makeStage(room) {
  const facts = makeFacts(room);
  const signIn = makeSignIn(room);
  const mandates = makeMandates(byId("mandates"), room);
  return {
    update(changed) {
      const touched = (...names) => !changed || names.some((name) => changed.has(name));
      if (touched("meeting", "agenda")) drawNow(room);
      if (touched("video")) drawReplay(room);
      if (touched("attendance", "represented", "me")) {
        drawAttending(room);
        facts.update();
      }
      if (touched("represented", "me", "meeting", "mandates", "paper")) {
        signIn.update();
        drawMe(room);
        mandates.update();
      }
    },
  };
}

function drawNow(room) {
  const { meeting, agenda } = room.state;
  const items = sorted(agenda);
  const here = items.findIndex((item) => item.id === meeting.current_item);
  const state = meetingStateName(meeting.state);
  const place = here < 0 ? gettext("会议") : say(gettext("议程 %(n)s / %(all)s"), { n: here + 1, all: items.length });
  setText(byId("now-status"), `${place} · ${state}`);
  setText(byId("now-title"), nowTitle(meeting, items[here]));
  byId("now").dataset.state = meeting.state;
  replace(
    byId("steps"),
    items.map((item, index) =>
      h("li", { class: `step ${stepKind(index, here, meeting.state)}` }),
    ),
  );
}

/** The way to the replay, while it is open to the meeting's members. */
function drawReplay(room) {
  const { video } = room.state;
  const open = Boolean(video?.replay);
  const place = byId("replay-bar");
  if (place.hidden === !open) return;
  place.hidden = !open;
  replace(
    place,
    open &&
      h(
        "div",
        { class: "signin-bar" },
        h("p", {}, gettext("会议录像可以回看。")),
        h("a", { class: "button", href: `/meetings/${room.slug}/replay/` }, gettext("回看会议")),
      ),
  );
}

function stepKind(index, here, state) {
  if (state === "closed" ? index <= here : index < here) return "step--done";
  return index === here ? "step--now" : "";
}

function nowTitle(meeting, item) {
  if (meeting.state === "closed") return gettext("会议已闭会，可查看结果与文件");
  if (item) return item.title;
  if (meeting.state === "open") return gettext("会议进行中");
  return say(gettext("会议定于 %(at)s 召开"), { at: moment(meeting.starts_at) });
}

function drawAttending(room) {
  const { creditors, total_creditors: all } = room.state.attendance;
  const pill = byId("attending");
  pill.hidden = false;
  setText(pill, say(gettext("已签到 %(n)s / %(all)s 户"), { n: creditors, all }));
}

function makeFacts(room) {
  const fact = (name) => {
    const key = h("dt", {}, name);
    const value = h("dd", {});
    return { node: h("div", { class: "card fact" }, key, value), key, value };
  };
  const attending = fact(gettext("已签到债权人"));
  const amount = fact(gettext("所代表的无财产担保债权额"));
  const mine = fact(gettext("我的表决额"));
  replace(
    byId("facts"),
    h("dl", { class: "quick-list" }, attending.node, amount.node, mine.node),
  );
  return {
    update() {
      const told = room.state.attendance;
      setText(
        attending.value,
        say(gettext("%(n)s / %(all)s 户"), { n: told.creditors, all: told.total_creditors }),
      );
      setText(amount.value, shortMoney(told.amount));
      const acting = Object.values(room.state.represented ?? {});
      if (acting.length) {
        setText(mine.key, gettext("我的表决额"));
        setText(mine.value, fullMoney(sum(acting.map((one) => one.amount))));
      } else {
        setText(mine.key, gettext("在线人数"));
        setText(mine.value, say(gettext("%(n)s 人"), { n: told.online ?? 0 }));
      }
    },
  };
}

function sum(amounts) {
  const total = amounts.reduce((whole, one) => whole + fen(one), 0n);
  return `${total / 100n}.${String(total % 100n).padStart(2, "0")}`;
}

function drawMe(room) {
  const { me, represented } = room.state;
  const acting = Object.values(represented ?? {}).sort((a, b) => a.id - b.id);
  const place = byId("me");
  place.hidden = false;
  replace(
    place,
    h(
      "p",
      { class: "me-name" },
      h("b", {}, me.person.name),
      " ",
      me.roles.map((role) => h("span", { class: "badge badge--quiet" }, roleName(role))),
    ),
    acting.length > 0 && actingFor(acting),
    h("p", {}, h("a", { href: `/meetings/${room.slug}/device/`, target: "_blank" },
      gettext("测试声音、摄像头与网络"))),
    me.staff && staffLinks(room),
  );
}

const FEW = 5;

function actingFor(acting) {
  const list = h(
    "ul",
    { class: "plain acting" },
    acting.map((one) =>
      h(
        "li",
        {},
        h(
          "span",
          { class: "acting-name" },
          say(gettext("代表 %(name)s"), { name: one.name }),
          h("span", { class: "hint" }, ` · ${signedIn(one)}`),
        ),
        one.votes
          ? h("b", {}, fullMoney(one.amount))
          : h("span", { class: "hint" }, whyNoVote(one.reason)),
      ),
    ),
  );
  if (acting.length <= FEW) return list;
  const signed = acting.filter((one) => one.signed_in).length;
  return h(
    "details",
    { class: "resolution-full acting-fold" },
    h(
      "summary",
      {},
      say(gettext("代表 %(n)s 户债权人，已签到 %(signed)s 户"), { n: acting.length, signed }),
    ),
    list,
  );
}

function staffLinks(room) {
  const base = `/meetings/${room.slug}`;
  const { roles } = room.state.me;
  const link = (href, text, badge = 0) =>
    h(
      "a",
      { class: "button button--small", href, target: "_blank" },
      text,
      badge > 0 && [" ", h("span", { class: "badge" }, badge)],
    );
  const administrator = roles.includes("administrator");
  return h(
    "p",
    { class: "actions staff-links" },
    link(`${base}/screen/`, gettext("大屏")),
    link(`${base}/attendance/`, gettext("出席记录")),
    link(`${base}/paper/`, gettext("书面表决票"), Number(room.state.paper?.waiting ?? 0)),
    link(`${base}/notices/`, gettext("通知与送达")),
    link(`${base}/papers/`, gettext("会议记录与证明")),
    roles.includes("judge") && link(`${base}/desk/`, gettext("法官工作台")),
    link(`/cases/${room.state.meeting.case.id}/mandates/`, gettext("授权委托书"), waiting(room)),
    link(`${base}/recordings/`, gettext("录像")),
    administrator && link(`${base}/prepare/`, gettext("会议准备")),
    administrator && link(`${base}/resolutions/`, pgettext("link", "表决事项")),
  );
}

function waiting(room) {
  const all = Object.values(room.state.mandates ?? {});
  return all.filter((one) => one.state === "submitted").length;
}

function signedIn(one) {
  if (!one.signed_in) return gettext("未签到");
  if (!one.signed_in_at) return gettext("已签到");
  return say(gettext("已于 %(at)s 签到"), { at: time(one.signed_in_at) });
}

// --- signing in (签到) ---

function makeSignIn(room) {
  const bar = byId("signin-bar");
  const words = h("p", {});
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const button = h(
    "button",
    { type: "button", class: "button button--primary", on: { click: () => go() } },
    gettext("签到"),
  );
  replace(bar, h("div", { class: "signin-bar" }, h("div", {}, words, error), button));

  async function go() {
    if (button.getAttribute("aria-busy") === "true") return;
    error.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      await room.command("sign_in", {});
      room.announce(gettext("签到成功。"));
      room.notify({ text: gettext("签到成功。"), kind: "ok" });
    } catch (refusal) {
      setText(error, refusal.message);
      error.hidden = false;
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  return {
    update() {
      const missing = Object.values(room.state.represented ?? {}).filter((one) => !one.signed_in);
      const opened = ["convened", "open", "adjourned"].includes(room.state.meeting.state);
      bar.hidden = !missing.length || !opened || !room.can("sign_in");
      if (bar.hidden) return;
      setText(
        words,
        missing.length === 1
          ? say(gettext("请为 %(name)s 签到：签到后计入出席人数。"), { name: missing[0].name })
          : say(gettext("请为所代表的 %(n)s 户债权人签到：签到后计入出席人数。"), {
              n: missing.length,
            }),
      );
    },
  };
}
