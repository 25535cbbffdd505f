// The reviewer's page: holds the filing while it is open, adds the parts up, fills them in.

const RENEW_MS = 60000;
const PARTS = ["principal", "interest", "other"];

const held = document.querySelector("[data-hold]");
const form = document.querySelector("[data-decision]");

async function renew() {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", held.querySelector("[name=csrfmiddlewaretoken]").value);
  body.set("action", "renew");
  try {
    const reply = await fetch(held.dataset.hold, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    if (!reply.ok) return;
    const answer = await reply.json();
    const said = held.querySelector("[data-hold-said]");
    if (answer.mine) {
      const text = gettext("由您审查，他人暂不处理；页面开着时自动续期（至 %(until)s）。");
      said.textContent = interpolate(text, { until: answer.until }, true);
      return;
    }
    // What was typed stays where it is; only sending it would be in vain.
    held.classList.add("notice--warn");
    said.textContent = answer.by
      ? interpolate(gettext("%(who)s已接手审查，您在此填写的内容不能保存。"), { who: answer.by }, true)
      : gettext("审查时间已过，请重新领取。");
  } catch {
    // A break in the network is shorter than the hold.
  }
}

// Amounts are whole fen: 0.1 + 0.2 is none of a computer's business here.
function fen(text) {
  const plain = text.replace(/[,，\s¥￥元]/g, "");
  const match = /^(\d{1,16})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!match) return plain ? null : 0n;
  return BigInt(match[1]) * 100n + BigInt((match[2] || "").padEnd(2, "0"));
}

function yuan(amount) {
  const digits = amount.toString().padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${digits.slice(-2)}`;
}

function add() {
  const amounts = PARTS.map((part) => fen(form.elements[part].value));
  const sum = form.querySelector("[data-sum]");
  sum.textContent = amounts.includes(null) ? "—" : yuan(amounts.reduce((a, b) => a + b, 0n));
}

function fill(how) {
  for (const part of PARTS) {
    const filed = form.dataset[`filed${part[0].toUpperCase()}${part.slice(1)}`];
    form.elements[part].value = how === "filed" ? yuan(BigInt(filed)).replace(/,/g, "") : "0.00";
  }
  add();
}

if (held) setInterval(renew, RENEW_MS);
if (form) {
  form.querySelector("[data-fill-row]").hidden = false;
  form.querySelector("[data-sum-row]").hidden = false;
  for (const button of form.querySelectorAll("[data-fill]")) {
    button.addEventListener("click", () => fill(button.dataset.fill));
  }
  form.addEventListener("input", add);
  form.elements.conclusion.addEventListener("change", () => {
    const { value } = form.elements.conclusion;
    // These two conclusions leave no choice of amounts.
    if (value === "confirmed") fill("filed");
    else if (value === "rejected" || value === "undetermined") fill("zero");
  });
  add();
}
