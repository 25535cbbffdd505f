// The tabs of the room: arrows move, Home and End jump, the address remembers which is open.

/** Wire a tablist; `onShown(name)` after a tab is shown. */
export function makeTabs(list, onShown) {
  const tabs = () => [...list.querySelectorAll('[role="tab"]')];
  const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

  function show(name, { focus = false } = {}) {
    for (const tab of tabs()) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      panel(tab).hidden = !chosen;
      if (chosen && focus) tab.focus();
    }
    document.body.dataset.tab = name;
    onShown(name);
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) show(tab.dataset.tab);
  });
  list.addEventListener("keydown", (event) => {
    const all = tabs();
    const here = all.indexOf(document.activeElement);
    if (here < 0) return;
    const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(all.at(steps[event.key] % all.length).dataset.tab, { focus: true });
  });
  return { show, names: () => tabs().map((tab) => tab.dataset.tab) };
}
