// The desk under the keyboard: keys that press what a mouse would press, a table that sorts, links that need no new page.
(function () {
  "use strict";
  if (window.redgridDesk) return;
  window.redgridDesk = true;

  const desk = () => document.getElementById("redgrid-desk");
  const find = (selector) => document.querySelector(selector);
  const press = (selector) => { const found = find(selector); if (found && !found.disabled) found.click(); return Boolean(found); };

  // --- keys ---------------------------------------------------------------------------------------------

  const FIELDS = "input, textarea, select, [contenteditable=true], [role=combobox], [role=listbox], [role=slider]";
  function isTyping(target) {
    return target instanceof Element && target.closest(FIELDS) !== null;
  }
  function isCovered() {
    return find("[role=dialog], dialog[open], [data-testid=stPopoverBody]") !== null;
  }
  function focusOn(selector) {
    const field = find(selector);
    if (field) { field.focus(); field.select(); }
  }
  function level(n) {
    const buttons = document.querySelectorAll(".st-key-level button");
    if (buttons[n - 1]) buttons[n - 1].click();
  }
  function cards() { return [...document.querySelectorAll(".st-key-tickets .rg-card")]; }
  function step(by) {
    const all = cards(), at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    if (!next) return;
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }
  function open() {
    const card = document.activeElement && document.activeElement.closest(".rg-card");
    const link = card && card === document.activeElement && card.querySelector("a");
    if (link) link.click();
    return Boolean(link);
  }
  function up() {
    const frame = find(".st-key-map iframe"), inside = frame && frame.contentWindow;
    if (inside && inside.redgrid && inside.redgrid.up) { inside.redgrid.up(); return; }
    const crumbs = document.querySelectorAll(".st-key-breadcrumb button");
    if (crumbs.length > 1) crumbs[crumbs.length - 2].click();
  }
  const KEYS = {
    "/": () => focusOn(".st-key-search input"),
    f: () => focusOn(".st-key-q input"),
    1: () => level(1), 2: () => level(2), 3: () => level(3),
    t: () => press(find(".st-key-map") ? ".st-key-as button:last-of-type" : ".st-key-as button:first-of-type"),
    j: () => step(1), k: () => step(-1),
    n: () => press(".st-key-page-on button"), p: () => press(".st-key-page-back button"),
    r: () => press(".st-key-raise button"),
    Escape: up,
    "?": help,
  };

  // Streamlit's own single keys: a rerun, or the question whether to clear what it keeps.
  const STREAMLITS = new Set(["r", "c", "R", "C"]);

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = isTyping(event.target);
    if (typing && event.key === "Escape" && !isCovered()) { event.target.blur(); return; }
    if (typing) return;
    if (STREAMLITS.has(event.key)) event.stopImmediatePropagation();
    if (isCovered() || !desk()) return;
    if (event.key === "Enter") { if (open()) event.preventDefault(); return; }
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }
  window.addEventListener("keydown", onKey, true);
  // The map's frame has the keyboard while it has the focus, and tells what was pressed.
  window.addEventListener("redgrid-key", (event) => {
    const act = KEYS[event.detail];
    if (!act || !desk() || isCovered()) return;
    window.focus();
    act();
  });

  function help() {
    const about = desk(), box = document.createElement("dialog");
    box.className = "rg-keys";
    box.setAttribute("aria-label", about.dataset.title);
    const title = document.createElement("h2"), list = document.createElement("dl"), close = document.createElement("button");
    title.textContent = about.dataset.title;
    for (const [keys, words] of JSON.parse(about.dataset.keys)) {
      const term = document.createElement("dt"), what = document.createElement("dd");
      for (const key of keys.split(" ")) {
        const cap = document.createElement("kbd");
        cap.textContent = key;
        term.append(cap, " ");
      }
      what.textContent = words;
      list.append(term, what);
    }
    close.textContent = about.dataset.close;
    close.addEventListener("click", () => box.close());
    box.addEventListener("close", () => box.remove());
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    box.append(title, list, close);
    document.body.append(box);
    box.showModal();
  }

  // --- the figures ---------------------------------------------------------------------------------------

  async function figures() {
    const about = desk(), shown = document.querySelectorAll(".st-key-kpis .rg-kpi");
    if (!about || !shown.length || document.hidden) return;
    const answer = await fetch(about.dataset.figures, { credentials: "same-origin", cache: "no-cache" });
    // What goes wrong is said by the map, which asks as often.
    if (!answer.ok) return;
    (await answer.json()).forEach(([value, more, kind], n) => {
      shown[n].className = `rg-kpi ${kind}`;
      shown[n].querySelector("strong").textContent = value;
      shown[n].querySelector("small").textContent = more;
    });
  }
  function again() {
    const about = desk(), every = about ? Number(about.dataset.every) : 10;
    setTimeout(() => figures().catch(() => null).finally(again), 1000 * every);
  }
  again();

  // --- the table ----------------------------------------------------------------------------------------

  // A link within the desk changes the address as the browser's own back button would: no new page is loaded.
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element && event.target.closest("a[data-here]");
    const sorter = event.target instanceof Element && event.target.closest(".rg-grids [data-sort]");
    if (link) {
      event.preventDefault();
      history.pushState({}, "", link.getAttribute("href"));
      window.dispatchEvent(new PopStateEvent("popstate"));
    } else if (sorter) {
      order.column = Number(sorter.dataset.sort);
      order.down = sorter.closest("th").getAttribute("aria-sort") === "ascending" ||
        (order.column > 0 && !sorter.closest("th").hasAttribute("aria-sort"));
      sort(sorter.closest("table"));
    }
  }, true);

  // Numbers begin with the highest, names with the first; the page may draw the table anew, and the order stays.
  const order = { column: null, down: false };
  function sort(table) {
    if (order.column === null) return;
    const titles = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    if (order.column >= titles.length) return;
    titles.forEach((title, n) => {
      if (n === order.column) title.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else title.removeAttribute("aria-sort");
    });
    const value = (row) => row.cells[order.column].dataset.value;
    const compare = order.column === 0 ? (a, b) => a.localeCompare(b, document.documentElement.lang || "zh") : (a, b) => a - b;
    const rows = [...body.rows].sort((a, b) => compare(value(a), value(b)) * (order.down ? -1 : 1));
    body.append(...rows);
    table.dataset.sorted = order.column;
  }
  new MutationObserver(() => {
    for (const table of document.querySelectorAll(".rg-grids:not([data-sorted])")) { table.dataset.sorted = ""; sort(table); }
  }).observe(document.body, { childList: true, subtree: true });
})();
