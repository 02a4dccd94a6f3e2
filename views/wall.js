// The wall: asks the server for what it shows, writes it into the page, and looks after itself for weeks.
// Nothing here needs Streamlit's connection: when the server is away the last values stay, and the band says so.
(function () {
  "use strict";
  if (window.redgridWall) return;

  const POLL = 5000, PATIENCE = 4000, LOST_AFTER = 11000, PAGE = 8000, FRAME = 700;
  const AMBER = 3 * 60000, RED = 10 * 60000, INPUT_RESTS = 120000, RELOAD_HOUR = 3;
  const SLIPS = ["raise", "dispatch", "handle", "rate"];
  const params = new URLSearchParams(location.search);
  const state = {
    area: params.get("area") || "", level: params.get("level") || "", measure: params.get("measure") || "",
    page: null, etag: null, now: null, alert: 0, okAt: performance.now(), askedAt: 0, readAge: 0, signal: null,
    carousel: Number(params.get("carousel")) || 0, stop: 0, stoppedAt: 0, inputAt: -Infinity, replay: null, drawn: null, asking: null,
  };
  const born = Date.now();

  const root = () => document.getElementById("rg-wall");
  const part = (name) => root().querySelector("." + name);
  const words = () => JSON.parse(root().dataset.words);
  const frame = () => {
    const found = document.querySelector(".st-key-wallmap iframe");
    return found && found.contentWindow && found.contentWindow.redgrid && found.contentWindow.redgrid.ready ? found.contentWindow.redgrid : null;
  };

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  // Text is written only where it changes: what stays does not flicker.
  function write(target, text) {
    if (target && target.textContent !== text) target.textContent = text;
  }
  function classed(target, className) {
    if (target.className !== className) target.className = className;
  }
  function fill(words, values) {
    return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // --- drawing ---------------------------------------------------------------------------------------------

  function draw(page) {
    if (page.empty) return;
    drawPath(page.path);
    page.kpis.forEach((kpi, i) => drawKpi(part("kpis").children[i], kpi));
    write(part("rank").querySelector("h2"), page.ranked_by);
    drawRanking(page.ranking);
    drawTrend(page.trend);
    SLIPS.forEach((slip) => write(part("slips").querySelector(`[data-slip="${slip}"]`), page.slips[slip]));
    drawAlert();
    showMap(page);
  }

  function drawPath(path) {
    const nav = part("head").querySelector("nav"), names = path.map((unit) => unit.name).join("|");
    if (nav.dataset.names === names) return;
    nav.dataset.names = names;
    nav.replaceChildren(...path.flatMap((unit, i) => {
      const step = element("button", "", unit.name);
      step.type = "button";
      step.addEventListener("click", () => { touched(); go({ area: unit.code, level: "" }); });
      return i ? [document.createTextNode(" ▸ "), step] : [step];
    }));
  }

  function drawKpi(box, kpi) {
    const value = box.querySelector("strong"), delta = box.querySelector(".delta"), n = box.querySelector(".n");
    write(value, kpi.value);
    classed(value, kpi.kind || "");
    write(n, kpi.n ? "n=" + kpi.n : "");
    write(delta, kpi.delta || "");
    classed(delta, "delta " + (kpi.delta_kind || "flat"));
  }

  // Rows are made once and filled anew.
  function drawRanking(ranking) {
    const list = part("rank").querySelector("ol"), none = part("rank").querySelector(".none");
    while (list.children.length < ranking.length) list.append(rankingRow(list.children.length));
    [...list.children].forEach((row, i) => {
      const ranked = ranking[i];
      row.hidden = !ranked;
      if (!ranked) return;
      const [place, name, value] = row.firstChild.children;
      row.firstChild.dataset.code = ranked.code;
      write(place, String(i + 1));
      write(name, ranked.name);
      write(value.firstChild, ranked.value);
      write(value.lastChild, ranked.overdue ? " ✕" + ranked.overdue : "");
    });
    none.hidden = ranking.length > 0;
  }
  function rankingRow() {
    const row = element("li"), button = element("button"), value = element("i");
    button.type = "button";
    value.append(element("em", "plain"), element("em", "bad"));
    button.append(element("span"), element("b"), value);
    button.addEventListener("click", () => { touched(); go({ area: button.dataset.code, level: "" }); });
    row.append(button);
    return row;
  }

  // Streamlit lets no SVG pass, so the lines are made here, once.
  function plot() {
    const space = part("trend").querySelector(".plot"), svg = "http://www.w3.org/2000/svg";
    if (!space.firstChild) {
      const drawing = document.createElementNS(svg, "svg");
      drawing.setAttribute("viewBox", "0 0 100 100");
      drawing.setAttribute("preserveAspectRatio", "none");
      drawing.setAttribute("aria-hidden", "true");
      for (const name of ["raised", "settled"]) {
        const line = document.createElementNS(svg, "polyline");
        line.setAttribute("class", name);
        drawing.append(line);
      }
      space.append(drawing);
    }
    return space;
  }
  function drawTrend(trend) {
    const space = plot(), highest = Math.max(1, ...trend.raised, ...trend.settled);
    const points = (row) => row.map((n, i) => `${(100 * i / Math.max(1, row.length - 1)).toFixed(2)},${(100 - 100 * n / highest).toFixed(2)}`).join(" ");
    for (const name of ["raised", "settled"]) {
      const line = space.querySelector("." + name), drawn = points(trend[name]);
      if (line.getAttribute("points") !== drawn) line.setAttribute("points", drawn);
      write(part("trend").querySelector(`[data-last="${name}"]`), String(trend[name][trend[name].length - 1]));
    }
    write(part("trend").querySelector(".first"), trend.first);
    write(part("trend").querySelector(".most"), fill(words().most, { n: highest }));
  }

  function drawAlert() {
    const alerts = (state.page && state.page.alerts) || [], box = part("alert");
    const alert = alerts.length ? alerts[state.alert % alerts.length] : null;
    classed(box, alert ? "alert box bad" : "alert box");
    box.querySelector(".none").hidden = Boolean(alert);
    write(box.querySelector(".late"), alert ? "✕ " + alert.late : "");
    const what = box.querySelector(".what");
    while (what.children.length < 3) what.append(element("span"));
    ["grid", "category", "lead"].forEach((name, i) => write(what.children[i], alert ? alert[name] : ""));
    write(box.querySelector(".page"), alerts.length > 1 ? `${(state.alert % alerts.length) + 1} / ${alerts.length}` : "");
  }

  // --- the map ---------------------------------------------------------------------------------------------

  function showMap(page) {
    const map = frame();
    if (!map || state.replay) return;
    const wanted = JSON.stringify(page.map);
    if (state.drawn === wanted && map.level === page.map.level && map.within === page.map.within) return;
    state.drawn = wanted;
    map.show(page.map);
  }

  // --- asking the server -----------------------------------------------------------------------------------

  function address() {
    const query = new URLSearchParams({ area: state.area, level: state.level, measure: state.measure, lang: root().dataset.lang });
    return "/live/wall?" + query;
  }

  async function ask() {
    if (state.asking) state.asking.abort();
    const asking = (state.asking = new AbortController());
    const patience = setTimeout(() => asking.abort(), PATIENCE);
    try {
      const headers = state.etag ? { "If-None-Match": state.etag } : {};
      const answer = await fetch(address(), { credentials: "same-origin", cache: "no-store", headers, signal: asking.signal });
      if (answer.status === 401 || answer.status === 403 || answer.redirected) { revoked(); return; }
      if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
      const page = answer.status === 304 ? null : await answer.json();
      heard(answer, page);
    } catch (error) {
      // A screen that is left alone asks again by itself; the band tells people meanwhile.
      if (state.asking === asking && navigator.onLine === false) state.okAt = Math.min(state.okAt, performance.now() - LOST_AFTER);
    } finally {
      clearTimeout(patience);
      if (state.asking === asking) state.asking = null;
    }
  }

  function heard(answer, page) {
    const now = Number(answer.headers.get("X-Redgrid-Now")), read = Number(answer.headers.get("X-Redgrid-Read"));
    state.okAt = performance.now();
    if (now) state.now = { server: now, here: performance.now() };
    if (now && read) state.readAge = now - read;
    if (!page) return;
    if (state.revoked) { reload(); return; }
    const first = state.page;
    state.etag = answer.headers.get("ETag");
    if (first && (first.build !== page.build || first.plan !== page.plan)) { reload(); return; }
    state.page = page;
    draw(page);
  }

  // The link was taken back: nothing of the city stays on the screen.
  function revoked() {
    signal(words().revoked);
    if (state.page) { state.page = null; state.etag = null; for (const name of ["kpis", "rank", "trend", "slips", "alert"]) part(name).style.visibility = "hidden"; document.querySelector(".st-key-wallmap").style.visibility = "hidden"; }
    state.revoked = true;
  }

  function reload() {
    const query = new URLSearchParams(location.search), again = root().dataset.again;
    // A screen's own link leads to the wall by itself; for a person the address names it.
    if (again !== "/") query.delete("view");
    location.replace(again + "?" + query);
  }

  // --- signals, clock, night -------------------------------------------------------------------------------

  function signal(text) {
    const band = part("lost");
    band.hidden = !text;
    write(band, text ? "✕ " + text : "");
  }

  function serverNow() {
    return state.now ? new Date(state.now.server + performance.now() - state.now.here) : null;
  }

  function told(now, options) {
    return new Intl.DateTimeFormat(root().dataset.lang === "zh" ? "zh-CN" : "en-GB", Object.assign({ timeZone: root().dataset.zone, hourCycle: "h23" }, options)).format(now);
  }
  function time(now) { return told(now, { hour: "2-digit", minute: "2-digit" }); }
  function clockText(now) {
    const parts = { month: "2-digit", day: "2-digit" };
    const day = told(now, parts).replace(/\//g, "-"), week = told(now, { weekday: "short" });
    return `${day} ${week} ${time(now)}`;
  }

  function tick() {
    if (!root()) return;
    const now = serverNow(), silent = performance.now() - state.okAt;
    if (!state.revoked) signal(silent > LOST_AFTER ? words().lost : null);
    if (now) {
      write(part("head").querySelector("time"), clockText(now));
      const age = state.readAge + silent, box = part("age");
      const minutes = Math.floor(age / 60000), at = time(new Date(now.getTime() - age));
      const mark = age > RED ? "✕ " : age > AMBER ? "▲ " : "● ";
      write(box, mark + fill(minutes ? words().age : words().fresh, { at, n: minutes }));
      classed(box, "age" + (age > RED ? " bad" : age > AMBER ? " warn" : ""));
      night(now, silent);
    }
    carousel();
  }

  // One reload a night, each screen at a minute of its own, so that a hundred screens do not come at once.
  function night(now, silent) {
    const [hour, minute] = time(now).split(":").map(Number);
    const rested = Date.now() - born > 2 * 3600000;
    if (rested && silent < POLL * 2 && hour === RELOAD_HOUR && minute >= Number(root().dataset.reload)) reload();
  }

  // --- moving about ----------------------------------------------------------------------------------------

  function go(to) {
    Object.assign(state, to, { etag: null, alert: 0 });
    const query = new URLSearchParams(location.search);
    for (const name of ["area", "level", "measure"]) state[name] ? query.set(name, state[name]) : query.delete(name);
    history.replaceState(history.state, "", location.pathname + "?" + query);
    endReplay();
    ask();
  }
  function up() {
    const path = (state.page && state.page.path) || [];
    if (path.length > 1) go({ area: path[path.length - 2].code, level: "" });
    else if (state.level) go({ level: "" });
  }
  function neighbour(by) {
    const buttons = [...part("rank").querySelectorAll("li:not([hidden]) button")];
    const at = buttons.indexOf(document.activeElement);
    const next = buttons[Math.min(buttons.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  }
  function nextMeasure() {
    const known = JSON.parse(root().dataset.measures), at = state.page ? known.indexOf(state.page.map.measure) : 0;
    go({ measure: known[(at + 1) % known.length] });
  }
  const KEYS = {
    Escape: up, Backspace: up, ArrowDown: () => neighbour(1), ArrowUp: () => neighbour(-1),
    m: () => nextMeasure(), 1: () => go({ level: "1" }), 2: () => go({ level: "2" }), 3: () => go({ level: "3" }),
    r: () => (state.replay ? endReplay() : startReplay()), c: () => { state.carousel = state.carousel ? 0 : 20; state.inputAt = -Infinity; },
  };
  function key(name) {
    if (!KEYS[name]) return false;
    touched();
    KEYS[name]();
    return true;
  }
  function touched() { state.inputAt = performance.now(); }

  // City, then its worst grids, then the city again; whoever touches the screen stops it for a while.
  function carousel() {
    const now = performance.now();
    if (!state.carousel || state.replay || state.revoked || now - state.inputAt < INPUT_RESTS) return;
    if (now - state.stoppedAt < state.carousel * 1000) return;
    state.stoppedAt = now;
    if (!state.stops || state.stop >= state.stops.length) {
      const ranking = (state.page && state.page.ranking) || [];
      const home = root().dataset.home;
      if (state.page && state.page.unit !== home) { state.stops = null; state.stop = 0; go({ area: home, level: "" }); return; }
      state.stops = ranking.slice(0, 5).map((ranked) => ranked.code);
      state.stop = 0;
    }
    if (state.stops.length) go({ area: state.stops[state.stop++], level: "" });
  }

  // --- the last thirty days --------------------------------------------------------------------------------

  async function startReplay() {
    const map = frame();
    if (!map || !state.page) return;
    const answer = await fetch("/live/replay?" + map.asking, { credentials: "same-origin" });
    if (!answer.ok) return;
    const [plan, days, ...rows] = (await answer.text()).split("\n");
    if (plan !== state.page.plan) return;
    state.replay = { days: days.split(","), rows, at: 0, timer: setInterval(nextDay, FRAME) };
    nextDay();
  }
  function nextDay() {
    const replay = state.replay, map = frame();
    if (!replay || !map) return;
    if (replay.at >= replay.days.length) { if (++replay.at > replay.days.length + 3) endReplay(); return; }
    const day = replay.days[replay.at];
    map.pastDay(replay.rows[2 * replay.at], replay.rows[2 * replay.at + 1]);
    const box = document.getElementById("rg-replay");
    box.hidden = false;
    write(box.querySelector("b"), day.slice(5));
    write(box.querySelector("span"), fill(words().replay, { n: replay.at + 1, of: replay.days.length }));
    replay.at += 1;
  }
  function endReplay() {
    if (!state.replay) return;
    clearInterval(state.replay.timer);
    state.replay = null;
    document.getElementById("rg-replay").hidden = true;
    const map = frame();
    if (map) map.pastDay(null);
    if (state.page) { state.drawn = null; showMap(state.page); }
  }

  // --- begin -----------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey && !event.altKey && key(event.key)) event.preventDefault(); });
  for (const kind of ["pointerdown", "wheel"]) document.addEventListener(kind, touched, { passive: true });
  window.redgridWall = {
    refresh: () => { state.etag = null; return ask(); },
    // What happens in the map's frame comes here (see gis/layers/grids.js).
    told: (done) => {
      if (done.key) { key(done.key); return; }
      if (done.stale) { state.etag = null; ask(); return; }
      touched();
      if (done.code && !done.changed) go({ area: done.code, level: "" });
    },
    get state() { return { area: state.area, level: state.level, unit: state.page && state.page.unit, replaying: Boolean(state.replay), lost: !part("lost").hidden }; },
  };

  function begin() {
    if (!root()) { setTimeout(begin, 50); return; }
    const first = JSON.parse(root().dataset.first);
    state.now = { server: first.now, here: performance.now() };
    state.page = first.page;
    draw(state.page);
    setInterval(ask, POLL);
    setInterval(tick, 1000);
    setInterval(() => { state.alert += 1; drawAlert(); }, PAGE);
    // The map comes up when Streamlit has brought it, at first and after every reconnection.
    setInterval(() => { if (state.page && !state.replay) showMap(state.page); }, 500);
    ask();
    tick();
  }
  begin();
})();
