// Building and reading the page: elements, amounts, moments. Every panel of the room uses these.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Props: class, dataset, on: {click: f}, hidden and other booleans, any
 * attribute by its name; `value`, `checked` and `selected` are set as properties. Children may
 * be nodes, text, numbers, arrays, or null and false for nothing.
 */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Make an element of SVG. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) setProp(node, name, value);
  node.append(...flat(children));
  return node;
}

function setProp(node, name, value) {
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (name === "dataset") {
    Object.assign(node.dataset, value);
  } else if (name === "value" || name === "checked" || name === "selected") {
    node[name] = value;
  } else if (value === true) {
    node.setAttribute(name, name.startsWith("aria-") ? "true" : "");
  } else if (value === false && name.startsWith("aria-")) {
    node.setAttribute(name, "false");
  } else if (value !== false && value !== null && value !== undefined) {
    node.setAttribute(name, value);
  }
}

function flat(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** Put other children into an element. */
export function replace(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

/** Set an element's text if it differs, so that nothing is read out or redrawn for nothing. */
export function setText(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** Set or take away an attribute if it differs. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/**
 * Keep a list's elements in step with items, by key: existing ones stay (with focus and what was
 * typed into them), are updated, moved or removed; new ones are made.
 */
export function keep(parent, items, key, make, update = () => {}) {
  const present = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let before = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let node = present.get(name);
    present.delete(name);
    if (!node) {
      node = make(item);
      node.dataset.key = name;
    }
    update(node, item);
    if (node === before) before = node.nextElementSibling;
    else parent.insertBefore(node, before);
  }
  for (const node of present.values()) node.remove();
}

/** Fill `%(name)s` in a translated text. */
export function say(text, values) {
  return interpolate(text, values, true);
}

/** "1284350.00" -> "1,284,350.00" */
export function money(yuan) {
  const [whole, cents = "00"] = String(yuan).split(".");
  return `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",")}.${cents.padEnd(2, "0")}`;
}

/** Whether the page speaks Chinese. */
export function isChinese() {
  return (document.documentElement.lang || "zh").toLowerCase().startsWith("zh");
}

/** Put sentences one after the other, empty ones left out. */
export function sentences(...all) {
  return all.filter(Boolean).join(isChinese() ? "" : " ");
}

const CHINESE_UNITS = [
  [10n ** 10n, "亿元"],
  [10n ** 6n, "万元"],
];
const ENGLISH_UNITS = [
  [10n ** 11n, "billion"],
  [10n ** 8n, "million"],
];

/** An amount of fen as a BigInt: binary fractions have no place where money is compared. */
export function fen(yuan) {
  const [whole, cents = ""] = String(yuan).split(".");
  return BigInt(whole) * 100n + BigInt(cents.padEnd(2, "0").slice(0, 2));
}

/**
 * "412000000.00" -> "4.12 亿元", in English "CNY 412.00 million": for a glance, never for a
 * record. Cut, never rounded up: nothing looks as if it reached what it did not.
 */
export function shortMoney(yuan) {
  const amount = fen(yuan);
  const chinese = isChinese();
  for (const [unit, name] of chinese ? CHINESE_UNITS : ENGLISH_UNITS) {
    if (amount >= unit) {
      const hundredths = (amount * 100n) / unit;
      const text = money(`${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")}`);
      return chinese ? `${text} ${name}` : `CNY\u00a0${text} ${name}`;
    }
  }
  return fullMoney(yuan);
}

/** The exact amount with its currency. */
export function fullMoney(yuan) {
  return isChinese() ? `${money(yuan)} 元` : `CNY\u00a0${money(yuan)}`;
}

const ZONE = "Asia/Shanghai"; // the court's clock, wherever the reader is

function formatted(rfc3339, options) {
  if (!rfc3339) return "";
  const locale = isChinese() ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: ZONE, hour12: false, ...options }).format(
    new Date(rfc3339),
  );
}

/** Date and time to the minute, by the court's clock. */
export function moment(rfc3339) {
  return formatted(rfc3339, {
    year: "numeric",
    month: isChinese() ? "numeric" : "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}

/** The time of day, by the court's clock. */
export function time(rfc3339) {
  return formatted(rfc3339, { hour: "2-digit", minute: "2-digit" });
}

/** The time of day to the second, by the court's clock. */
export function exactTime(rfc3339) {
  return formatted(rfc3339, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Seconds as "12:31", "1:02:03" or, from two days on, as days. */
export function countdown(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  if (left >= 172800) return say(gettext("%(n)s 天"), { n: Math.floor(left / 86400) });
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor((left % 3600) / 60);
  return hours
    ? `${hours}:${two(minutes)}:${two(left % 60)}`
    : `${two(minutes)}:${two(left % 60)}`;
}
