// The system was renewed while this page was open: offer to load the page anew, never do it alone.
//
// What is half done outlives it: drafts, and ballots that wait for their receipt, are kept by the
// window. While processes are renewed one after the other a page may meet an old one again: then
// there is nothing to offer any more.

import { h, replace } from "./dom.js";

/** Make the listener of what servers say they give out; `own` is what this page was made with. */
export function makeRenewal(bar, own, announce) {
  const text = () => gettext("系统已更新。请在方便时更新本页，您正在填写的内容会保留。");
  return (theirs) => {
    const differs = Boolean(own) && theirs !== own;
    if (differs === !bar.hidden) return;
    bar.hidden = !differs;
    replace(bar);
    if (!differs) return;
    bar.append(
      h("span", {}, text()),
      " ",
      h(
        "button",
        { type: "button", class: "button", on: { click: () => location.reload() } },
        gettext("更新本页"),
      ),
    );
    announce(text());
  };
}
