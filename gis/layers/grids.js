// The grids: geometry once by an immutable address, counts every few seconds, a click straight to the page.
redgridLayers.grids = function (map, options) {
  "use strict";
  const p = options.palette, words = options.words;
  const ZERO = 0, TOO_FEW = 7, FEW = 8, NO_BASE = 9, HIDDEN = "-";
  // A wall is read from afar: everything is as much larger as the screen is; and its page listens instead of Streamlit.
  const size = redgridMap.scale(options.wall);
  const pane = map.createPane("redgrid-grids");
  pane.style.zIndex = 400;
  const renderer = L.canvas({ pane: "redgrid-grids", padding: 0.3 });
  const marks = map.createPane("redgrid-marks");
  marks.style.zIndex = 430;
  marks.style.pointerEvents = "none";
  const above = L.canvas({ pane: "redgrid-marks", padding: 0.3 });
  // A LayerGroup, not a FeatureGroup: st_folium overwrites the click of those.
  const group = L.layerGroup().addTo(map);
  const hatch = hatchPattern();
  const levels = {};
  const state = { level: options.level, measure: Object.keys(options.measures)[0], painted: null, selected: null, within: null, clicks: 0, etag: null, counted: null, pin: null, shownAt: 0, fitted: false };
  const selection = L.polyline([], { pane: "redgrid-marks", renderer: above, color: p.text, weight: 4 * size, interactive: false });
  const frame = L.polyline([], { pane: "redgrid-marks", renderer: above, color: p.text, weight: 2 * size, dashArray: "6 5", interactive: false });
  const tooltip = L.tooltip({ sticky: true, className: "redgrid-tip", opacity: 1 });
  const listeners = [];

  function hatchPattern() {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const ctx = tile.getContext("2d");
    ctx.strokeStyle = p.outline;
    ctx.globalAlpha = 0.45;
    ctx.lineWidth = 1.2;
    for (const shift of [-8, 0, 8]) { ctx.beginPath(); ctx.moveTo(shift, 8); ctx.lineTo(shift + 8, 0); ctx.stroke(); }
    return ctx.createPattern(tile, "repeat");
  }

  // From afar the classes must be told apart before the streets below them.
  const solid = options.wall ? 0.94 : 0.78;
  function style(grid) {
    const load = grid.load, dimmed = state.within && !grid.inside;
    const outline = { color: p.outline, weight: (state.level === 1 ? 2 : 1) * size, opacity: dimmed ? 0.35 : 0.9 };
    // A plan of the past is nothing but its outlines.
    if (!options.loads) return { color: p.muted, weight: (state.level === 1 ? 3 : 1.6) * size, opacity: 1, fillColor: p.panel, fillOpacity: 0.45 };
    if (!load || load.hidden || load.class === TOO_FEW)
      return Object.assign(outline, { fillColor: p.panel, fillOpacity: 0.25 });
    if (load.class === NO_BASE || load.class === FEW) return Object.assign(outline, { fillColor: hatch, fillOpacity: 1 });
    if (load.class === ZERO) return Object.assign(outline, { fillColor: p.panel, fillOpacity: dimmed ? 0.2 : 0.7 });
    return Object.assign(outline, { fillColor: p.classes[load.class - 1], fillOpacity: dimmed ? 0.2 : solid });
  }

  function text(tag, words, className) {
    const element = document.createElement(tag);
    element.textContent = words;
    if (className) element.className = className;
    return element;
  }

  // How often work ended well, as far as there are cases enough to say.
  function percent(load) { return (100 * load.good / load.n).toFixed(load.good === load.n ? 0 : 1) + "%"; }
  function outcome(load) {
    if (load.class === TOO_FEW) return words.too_few + " (n=" + load.n + ")";
    return percent(load) + " (" + load.good + "/" + load.n + (load.class === FEW ? ", " + words.few : "") + ")";
  }
  // What a grid's label says of it: a rate where the map shows one, else what is open.
  function brief(grid) {
    const load = grid.load;
    if (!load || load.hidden) return "";
    if (load.n !== undefined) return load.class === TOO_FEW || load.class === FEW ? "" : percent(load);
    if (!load.open) return "";
    return load.overdue ? load.open + " ✕" + load.overdue : String(load.open);
  }

  function tip(grid) {
    const box = document.createElement("div");
    box.append(text("b", grid.name));
    const load = grid.load;
    if (!load || load.hidden) box.append(text("div", words.outside));
    else {
      box.append(text("div", words.open + " " + load.open));
      if (load.overdue) box.append(text("div", "✕ " + words.overdue + " " + load.overdue, "bad"));
      if (load.soon) box.append(text("div", "▲ " + words.due_soon + " " + load.soon, "warn"));
      if (load.n !== undefined) box.append(text("div", options.measures[load.measure].title + " " + outcome(load)));
    }
    return box;
  }

  async function level(n) {
    if (levels[n]) return levels[n];
    const grids = await redgridMap.fetchCoded(options.geometry[n]);
    for (const grid of grids) {
      grid.shape = L.polygon(grid.parts, { pane: "redgrid-grids", renderer, smoothFactor: 0.5, fill: true });
      grid.shape.on("click", (event) => { L.DomEvent.stopPropagation(event); click(grid, event.latlng); });
      grid.shape.on("mouseover", (event) => { tooltip.setContent(tip(grid)).setLatLng(event.latlng); map.openTooltip(tooltip); });
      grid.shape.on("mousemove", (event) => tooltip.setLatLng(event.latlng));
      grid.shape.on("mouseout", () => map.closeTooltip(tooltip));
    }
    levels[n] = { grids, byCode: new Map(grids.map((grid) => [grid.code, grid])) };
    return levels[n];
  }

  // Tell the page ourselves: st_folium's own way waits a quarter of a second.
  function tell(value) {
    state.clicks += 1;
    const page = options.wall ? window.parent.redgridWall : null;
    if (page) { page.told(value); return; }
    if (!options.wall) window.Streamlit.setComponentValue(Object.assign({ n: state.clicks, at: Date.now(), level: state.level }, value));
  }
  function click(grid, at) {
    select(grid.code);
    tell({ code: grid.code, lng: at.lng, lat: at.lat });
  }
  map.on("click", (event) => tell({ code: null, lng: event.latlng.lng, lat: event.latlng.lat }));

  function select(code) {
    state.selected = code;
    const grid = code && levels[state.level] && levels[state.level].byCode.get(code);
    if (!grid) { selection.remove(); return; }
    selection.setLatLngs(grid.parts.flat().map((ring) => ring.concat([ring[0]]))).addTo(map);
  }

  function paint() {
    const shown = levels[state.level];
    if (!shown) return;
    for (const grid of shown.grids) grid.shape.setStyle(style(grid));
    for (const listen of listeners) listen();
  }

  // Counts: one number a grid in base 62 (see server/live.py); the same ETag, no bytes.
  const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  function numbers(text) {
    const found = [];
    for (let i = 0; i < text.length; i++) {
      if (text[i] === HIDDEN) { found.push(null); continue; }
      if (text[i] !== "~") { found.push(DIGITS.indexOf(text[i])); continue; }
      let n = 0;
      for (i++; text[i] !== ";"; i++) n = n * 62 + DIGITS.indexOf(text[i]);
      found.push(n);
    }
    return found;
  }

  function counts(load) { return [load.open, load.overdue, load.soon].join(); }

  async function count() {
    const n = state.level, shown = levels[n], measure = state.measure;
    // A plan of the past has no counts.
    if (!shown || !options.loads) return;
    try {
      const answer = await fetch(options.loads + "?level=" + n + "&measure=" + measure, { credentials: "same-origin", cache: "no-cache" });
      if (answer.status === 401) { state.counted = null; signal(words.signed_out); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const [plan, ...lines] = (await answer.text()).split("\n");
      if (plan !== options.plan) { tell({ stale: true }); return; }
      if (measure !== state.measure || state.replaying) return;
      const [c, o, v, s, cases, good] = lines.map(numbers);
      const before = state.selected && shown.byCode.get(state.selected);
      const was = before && before.load && counts(before.load);
      shown.grids.forEach((grid, i) => {
        grid.load = c[i] === null ? { hidden: true, measure } : { class: c[i], open: o[i], overdue: v[i], soon: s[i], measure };
        if (cases && c[i] !== null) Object.assign(grid.load, { n: cases[i], good: good[i] });
      });
      state.counted = Date.now();
      state.painted = measure;
      signal(null);
      if (n === state.level) paint();
      // The page beside the map follows when the numbers of its own grid change.
      if (was && was !== counts(before.load)) tell({ code: before.code, changed: true });
    } catch (error) {
      if (state.counted === null || Date.now() - state.counted > 15000) signal(words.lost);
    }
  }

  const band = L.control({ position: "topright" });
  band.onAdd = () => { const box = text("div", "", "redgrid-signal"); box.hidden = true; return box; };
  band.addTo(map);
  function signal(message) {
    const box = band.getContainer();
    // A wall says it over its whole width.
    box.hidden = !message || options.wall;
    box.textContent = message ? "✕ " + message : "";
  }

  const legend = L.control({ position: "bottomleft" });
  legend.onAdd = () => text("div", "", "redgrid-legend");
  legend.addTo(map);
  function drawLegend() {
    const box = legend.getContainer();
    const measure = options.measures[state.painted || state.measure];
    if (!measure) { box.replaceChildren(text("b", words.past || "")); return; }
    box.replaceChildren(text("b", measure.title));
    const row = (fill, label) => {
      const line = document.createElement("div"), swatch = document.createElement("i");
      swatch.style.background = fill;
      line.append(swatch, document.createTextNode(label));
      box.append(line);
    };
    if (measure.none !== null) row(p.panel, measure.none);
    (measure.classes[state.level] || []).forEach((label, i) => row(p.classes[i], label));
    const hatched = "repeating-linear-gradient(135deg," + p.outline + " 0 1px,transparent 1px 5px)";
    const shown = new Set((levels[state.level] || { grids: [] }).grids.map((grid) => grid.load && grid.load.class));
    if (shown.has(NO_BASE)) row(hatched, words.no_base);
    if (shown.has(FEW)) row(hatched, words.few);
    if (shown.has(TOO_FEW)) row("transparent", words.too_few);
  }
  if (!options.wall) L.control.zoom({ position: "bottomright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);

  function boundsOf(code) {
    for (const known of Object.values(levels)) {
      const grid = known.byCode.get(code);
      if (grid) return grid.shape.getBounds();
    }
    return null;
  }

  // The page's one way to speak to the map: which level, what is selected, whose children, where to look.
  async function show(wanted) {
    const ticket = (state.shownAt += 1);
    if (!options.geometry[wanted.level]) return;
    const shown = await level(wanted.level);
    if (ticket !== state.shownAt) return;
    const changed = state.level !== wanted.level || group.getLayers().length === 0;
    state.level = wanted.level;
    state.within = wanted.within || null;
    // Colours and legend change together, when the counts of another measure have come.
    const measured = wanted.measure && wanted.measure !== state.measure && options.measures[wanted.measure];
    if (measured) state.measure = wanted.measure;
    if (changed) for (const grid of shown.grids) if (grid.load && grid.load.measure !== state.measure) grid.load = null;
    const inside = new Set(wanted.children || []);
    for (const grid of shown.grids) grid.inside = !state.within || inside.has(grid.code);
    if (changed) {
      group.clearLayers();
      for (const grid of shown.grids) group.addLayer(grid.shape.setStyle(style(grid)));
      window.redgrid.ready = true;
      count().then(() => { map.fire("redgrid:drawn"); endFirstSight(); drawLegend(); });
    } else if (measured) {
      count().then(drawLegend);
    }
    await outlineParent(wanted);
    select(wanted.selected);
    if (state.pin) { state.pin.remove(); state.pin = null; }
    if (wanted.pin) state.pin = L.circleMarker([wanted.pin[1], wanted.pin[0]], { radius: 9, color: p.text, weight: 3, fillColor: p.warn, fillOpacity: 1, interactive: false }).addTo(map);
    map.getContainer().style.cursor = wanted.pick ? "crosshair" : "";
    // A map that was just made has to look somewhere, also when the page asks for no new view.
    const fit = wanted.fit || (state.fitted ? null : wanted.within || "city");
    const bounds = fit && (fit === "city" || fit === "inside" ? boundsOfAll(shown, fit === "inside") : boundsOf(fit) || boundsOfAll(shown));
    drawLegend();
    if (bounds && bounds.isValid()) look(bounds);
    state.fitted = true;
    paint();
  }
  // On a wall nobody moves the map: the legend has a place of its own beside the city.
  function look(bounds) {
    const beside = options.wall ? legend.getContainer().offsetWidth + 16 * size : 24;
    state.looked = bounds;
    // A frame that has no size yet has nothing to look at: it will look when it gets one.
    const room = map.getSize();
    if (room.x <= beside + 24 * size || room.y <= 48 * size) return;
    map.stop().fitBounds(bounds, { paddingTopLeft: [beside, 24 * size], paddingBottomRight: [24 * size, 24 * size], animate: false });
  }
  if (options.wall) map.options.zoomSnap = 0;
  if (options.wall) map.on("resize", () => { if (state.looked) look(state.looked); });
  // The still picture that the page showed while it loaded (server/first_sight.py) has done its work.
  function endFirstSight() {
    const picture = window.parent.document.getElementById("redgrid-first");
    if (picture) picture.remove();
  }
  function boundsOfAll(shown, inside) {
    const seen = shown.grids.filter((grid) => !inside || grid.inside);
    return seen.reduce((box, grid) => box.extend(grid.shape.getBounds()), L.latLngBounds([]));
  }
  // One day of the past in the same colours (see server/replay.py); without one, the counts of now again.
  function pastDay(classes, opens) {
    state.replaying = Boolean(classes);
    const shown = levels[state.level];
    if (!classes || !shown) { count(); return; }
    const [c, o] = [numbers(classes), numbers(opens)];
    shown.grids.forEach((grid, i) => {
      grid.load = c[i] === null ? { hidden: true, measure: state.measure } : { class: c[i], open: o[i], overdue: 0, soon: 0, measure: state.measure };
    });
    paint();
  }
  async function outlineParent(wanted) {
    if (!wanted.within || !options.geometry[wanted.within_level]) { frame.remove(); return; }
    const parent = (await level(wanted.within_level)).byCode.get(wanted.within);
    if (parent) frame.setLatLngs(parent.parts.flat().map((ring) => ring.concat([ring[0]]))).addTo(map);
  }

  window.redgrid = {
    ready: false,
    get plan() { return options.plan; },
    get level() { return state.level; },
    get within() { return state.within; },
    get measure() { return state.painted; },
    get selected() { return state.selected; },
    get countedAt() { return state.counted; },
    codes: () => (levels[state.level] ? levels[state.level].grids.map((grid) => grid.code) : []),
    load: (code) => {
      const grid = levels[state.level] && levels[state.level].byCode.get(code);
      return grid && grid.load && !grid.load.hidden ? grid.load.open : null;
    },
    click: (code) => {
      const grid = levels[state.level].byCode.get(code);
      const at = grid.label ? L.latLng(grid.label) : grid.shape.getBounds().getCenter();
      grid.shape.fire("click", { latlng: at });
    },
    classOf: (code) => {
      const grid = levels[state.level] && levels[state.level].byCode.get(code);
      return grid && grid.load && grid.load.measure === state.measure && !grid.load.hidden ? grid.load.class : null;
    },
    brief,
    up: () => tell({ up: true }),
    shown: () => (levels[state.level] ? levels[state.level].grids : []),
    onPaint: (listen) => listeners.push(listen),
    show,
    pastDay,
    refresh: count,
  };
  document.addEventListener("keydown", (event) => {
    if (options.wall) tell({ key: event.key });
    else if (event.key === "Escape") tell({ up: true });
    // The desk's own keys work from within the map too (views/desk.js).
    else if (!event.ctrlKey && !event.metaKey && !event.altKey) window.parent.dispatchEvent(new CustomEvent("redgrid-key", { detail: event.key }));
  });
  setInterval(count, options.refresh * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) count(); });
};
