// The grids: geometry once by an immutable address, counts every few seconds, a click straight to the page.
redgridLayers.grids = function (map, options) {
  "use strict";
  const p = options.palette, words = options.words;
  const ZERO = 0, TOO_FEW = 7, FEW = 8, NO_BASE = 9, HIDDEN = "-";
  // So many grids in view are a crowd: they are told apart by their colours alone.
  const CROWD = options.at_once / 8;
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
  const levelsUp = Object.keys(options.geometry).map(Number).sort((a, b) => b - a);
  // The level the page chose, and the one that is drawn: where a view holds too many grids, one above them.
  const state = { level: options.level, drawn: null, followed: 0, showing: false, moved: false, crowded: false, children: new Set(), places: {}, question: null, askedAt: 0, measure: Object.keys(options.measures)[0], painted: null, selected: null, within: null, clicks: 0, etag: null, counted: null, pin: null, pointed: null, shownAt: 0, fitted: false };
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
    // From afar borders would be all there is to see.
    const thin = state.crowded ? 0.4 : 1;
    const outline = { color: p.outline, weight: (state.drawn === 1 && !state.crowded ? 2 : thin) * size, opacity: (dimmed ? 0.35 : 0.9) * thin };
    // A plan of the past is nothing but its outlines.
    if (!options.loads) return { color: p.muted, weight: (state.drawn === 1 ? 3 : 1.6) * thin * size, opacity: 1, fillColor: p.panel, fillOpacity: 0.45 };
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
  // A grid's number where colours count something else than tickets.
  function amount(load) {
    const told = options.measures[load.measure].told;
    return load.number === null ? told.unknown : told.words.replace("{n}", load.number);
  }
  // What a grid's label says of it: a rate where the map shows one, else what is open.
  function brief(grid) {
    const load = grid.load;
    if (!load || load.hidden) return "";
    if (load.number !== undefined) return load.number === null ? "" : String(load.number);
    if (load.n !== undefined) return load.class === TOO_FEW || load.class === FEW ? "" : percent(load);
    if (!load.open) return "";
    return load.overdue ? load.open + " ✕" + load.overdue : String(load.open);
  }

  function tip(grid) {
    const box = document.createElement("div");
    box.append(text("b", grid.name));
    const load = grid.load;
    if (!load || load.hidden) box.append(text("div", words.outside));
    else if (load.alone) box.append(text("div", "…"));
    else {
      box.append(text("div", words.open + " " + load.open));
      if (load.overdue) box.append(text("div", "✕ " + words.overdue + " " + load.overdue, "bad"));
      if (load.soon) box.append(text("div", "▲ " + words.due_soon + " " + load.soon, "warn"));
      if (load.number !== undefined) box.append(text("div", options.measures[load.measure].title + " " + amount(load)));
      if (load.n !== undefined) box.append(text("div", options.measures[load.measure].title + " " + outcome(load)));
    }
    return box;
  }

  // Asked for once, also while it is on its way.
  function level(n) {
    if (!levels[n]) {
      const coming = options.tiled.includes(n) ? redgridMap.tiled(options.geometry[n], drawing) : whole(options.geometry[n]);
      levels[n] = coming.then((its) => (levels[n] = its), (error) => { delete levels[n]; error.away = true; throw error; });
    }
    return levels[n];
  }
  const drawing = { shaped, arrived, dropped: (grid) => group.removeLayer(grid.shape), waiting: () => say(words.preparing) };
  async function whole(url) {
    const grids = await redgridMap.fetchCoded(url);
    grids.forEach(shaped);
    return { grids, byCode: new Map(grids.map((grid) => [grid.code, grid])) };
  }
  function here() { return known(state.drawn); }
  // A level as far as it has come; none while it is still on its way.
  function known(n) { return levels[n] && levels[n].grids ? levels[n] : null; }
  function shaped(grid) {
    grid.shape = L.polygon(grid.parts, { pane: "redgrid-grids", renderer, smoothFactor: 0.5, fill: true });
    grid.shape.on("click", (event) => { L.DomEvent.stopPropagation(event); click(grid, event.latlng); });
    grid.shape.on("mouseover", (event) => { tooltip.setContent(tip(grid)).setLatLng(event.latlng); map.openTooltip(tooltip); pointAt(grid); });
    grid.shape.on("mousemove", (event) => tooltip.setLatLng(event.latlng));
    grid.shape.on("mouseout", () => { state.pointed = null; map.closeTooltip(tooltip); });
  }
  // Of a crowd only colours are known; the numbers of the grids around the mouse come when it rests on one.
  function pointAt(grid) {
    state.pointed = grid;
    if (!grid.load || !grid.load.alone) return;
    setTimeout(async () => {
      if (state.pointed !== grid || !(await learn(grid))) return;
      if (state.pointed === grid) tooltip.setContent(tip(grid));
    }, 120);
  }
  function placed(grid) { grid.inside = !state.within || state.drawn !== state.level || state.children.has(grid.code); }
  // A bundle of a level of many grids has come: it is drawn at once where its level is.
  let paintSoon = null;
  function arrived(its, bundle) {
    if (bundle.fresh) weigh(bundle.grids, bundle.fresh);
    if (its !== here() || !its.wanted.includes(bundle)) return;
    put(bundle.grids);
    if (!paintSoon) paintSoon = requestAnimationFrame(() => { paintSoon = null; select(state.selected); paint(); });
  }
  function put(grids) {
    for (const grid of grids) {
      placed(grid);
      if (grid.load && grid.load.measure !== state.measure) grid.load = null;
      group.addLayer(grid.shape.setStyle(style(grid)));
    }
  }

  // Which level a view is drawn with: the chosen one, or the nearest above it that is not too many to be looked at.
  async function drawable() {
    const ways = levelsUp.filter((n) => n <= state.level), view = map.getBounds();
    for (const n of ways) {
      const its = await level(n);
      const most = options.at_once * (n === state.drawn ? 1.2 : 1);
      if (!its.tiled || n === ways[ways.length - 1] || its.about(view) <= most) return n;
    }
    return state.level;
  }
  // Draw what the view now needs. Another level comes in when it is there as a whole, so that nothing is empty meanwhile.
  async function follow() {
    const ticket = (state.followed += 1), n = await drawable(), its = await level(n);
    if (ticket !== state.followed) return false;
    const other = n !== state.drawn, view = map.getBounds();
    if (its.tiled) {
      const covered = its.cover(view, map.getZoom());
      const counted = count(n, 2000).then(drawLegend);
      if (other) {
        await Promise.race([Promise.all([covered, counted]), new Promise((go) => setTimeout(go, 4000))]);
        if (ticket !== state.followed) return false;
      }
    }
    state.crowded = isCrowd(its);
    if (other) {
      map.closeTooltip(tooltip);
      state.drawn = n;
      group.clearLayers();
      put(its.tiled ? its.near() : its.grids);
      window.redgrid.ready = true;
      if (!its.tiled) count().then(first); else first();
    } else if (its.tiled) {
      for (const bundle of its.far(view)) for (const grid of bundle.grids) group.removeLayer(grid.shape);
      for (const bundle of its.wanted) if (bundle.grids && !group.hasLayer(bundle.grids[0].shape)) put(bundle.grids);
    }
    say(state.drawn === state.level || options.wall ? "" : words["closer_" + state.level]);
    select(state.selected);
    drawLegend();
    paint();
    return true;
  }
  function isCrowd(its) { return Boolean(its.tiled) && its.about(map.getBounds()) > CROWD; }
  let followSoon = null;
  function first() { map.fire("redgrid:drawn"); endFirstSight(); drawLegend(); }
  map.on("moveend resize", () => {
    if (state.showing) { state.moved = true; return; }
    if (!options.tiled.length || state.drawn === null) return;
    // Whoever turns the wheel further is not shown every zoom on the way.
    clearTimeout(followSoon);
    followSoon = setTimeout(follow, 90);
  });
  const closer = text("div", "", "redgrid-closer");
  map.getContainer().append(closer);
  say("");
  function say(line) { closer.textContent = line || ""; closer.hidden = !line; }

  // Tell the page ourselves: st_folium's own way waits a quarter of a second.
  function tell(value) {
    state.clicks += 1;
    const page = options.wall ? window.parent.redgridWall : null;
    if (page) { page.told(value); return; }
    if (!options.wall) window.Streamlit.setComponentValue(Object.assign({ n: state.clicks, at: Date.now(), level: state.drawn }, value));
  }
  function click(grid, at) {
    select(grid.code);
    tell({ code: grid.code, lng: at.lng, lat: at.lat });
  }
  map.on("click", (event) => tell({ code: null, lng: event.latlng.lng, lat: event.latlng.lat }));

  function select(code) {
    state.selected = code;
    const at = code && [state.drawn, ...levelsUp].map(known).find((its) => its && its.byCode.has(code));
    if (!at) { selection.remove(); return; }
    selection.setLatLngs(at.byCode.get(code).parts.flat().map((ring) => ring.concat([ring[0]]))).addTo(map);
  }
  // Of another level than the one that is drawn, only the selected grid's own outline is needed.
  async function selectElsewhere(code, n) {
    if (!code || !n || n === state.drawn || state.drawn === null || n > state.drawn) return;
    if (await find(n, code)) if (state.selected === code) select(code);
  }
  async function find(n, code) {
    const its = await level(n), box = state.places[code];
    return its.byCode.get(code) || (its.tiled && box ? its.find(code, boxOf(box), map.getZoom()) : undefined);
  }
  function boxOf([west, south, east, north]) { return L.latLngBounds([south, west], [north, east]); }

  function paint() {
    const shown = here();
    if (!shown) return;
    for (const grid of shown.grids) {
      const wanted = style(grid), now = grid.shape.options;
      if (Object.keys(wanted).some((name) => wanted[name] !== now[name])) grid.shape.setStyle(wanted);
    }
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

  // Of many grids open counts come first, and the rest only where something is open (see server/live.py).
  function spread([opens, ...rest]) {
    const o = numbers(opens), told = rest.map(numbers), [c, v, s] = [[], [], []];
    let at = 0;
    o.forEach((n, i) => {
      [c[i], v[i], s[i]] = n > 0 ? told.map((line) => line[at]) : n === null ? [null, null, null] : [n < 0 ? NO_BASE : ZERO, 0, 0];
      if (n > 0) at += 1;
      if (n < 0) o[i] = 0;
    });
    return [c, o, v, s];
  }
  function counts(load) { return load.alone ? null : [load.open, load.overdue, load.soon].join(); }

  // An answer as what is known of each grid, one after the other.
  function read(lines, measure, { tiled, alone }) {
    if (alone) return numbers(lines[0]).map((found) => (found === null ? { hidden: true, measure } : { class: found, alone, measure }));
    const { none, told } = options.measures[measure];
    const [c, o, v, s, cases, good] = tiled && none !== null && !told ? spread(lines) : lines.map(numbers);
    return c.map((found, i) => {
      if (found === null) return { hidden: true, measure };
      const load = { class: found, open: o[i], overdue: v[i], soon: s[i], measure };
      if (told) return Object.assign(load, { number: cases[i] });
      return cases ? Object.assign(load, { n: cases[i], good: good[i] }) : load;
    });
  }

  // The numbers of one grid of a crowd, and of those that come with it; were they to be had?
  async function learn(grid) {
    const shown = here(), measure = state.measure;
    const bundle = shown && shown.tiled && shown.wanted.find((each) => each.grids && each.grids.includes(grid));
    if (!bundle) return false;
    const answer = await fetch(options.loads + "?level=" + state.drawn + "&measure=" + measure + "&tiles=" + bundle.number, { credentials: "same-origin", cache: "no-cache" }).catch(() => null);
    if (!answer || !answer.ok) return false;
    const [plan, , ...lines] = (await answer.text()).split("\n");
    if (plan !== options.plan || measure !== state.measure || state.replaying || !bundle.grids) return false;
    bundle.fresh = read(lines, measure, { tiled: true });
    weigh(bundle.grids, bundle.fresh);
    return true;
  }

  function weigh(grids, fresh) { grids.forEach((grid, n) => { grid.load = fresh[n]; }); }
  // Of a level of many grids, those that a view needs.
  async function count(n = state.drawn, lately = 0) {
    const shown = known(n), measure = state.measure;
    // A plan of the past has no counts.
    if (!shown || !options.loads) return;
    const asked = shown.tiled ? shown.wanted.slice() : null;
    if (asked && !asked.length) return;
    // What is known already is named by its stamp and not told again.
    const alone = asked ? isCrowd(shown) : false;
    const stamps = asked ? asked.map(({ stamp }) => (stamp && stamp.measure === measure && stamp.alone === alone ? stamp.value : "")) : [];
    const bundles = asked ? "&tiles=" + asked.map((bundle) => bundle.number).join(",") + (alone ? "&classes=alone" : "") : "";
    const question = options.loads + "?level=" + n + "&measure=" + measure + bundles;
    if (question === state.question && Date.now() - state.askedAt < lately) return;
    state.question = question;
    state.askedAt = Date.now();
    try {
      const answer = await fetch(question + (stamps.some(Boolean) ? "&known=" + stamps.join(",") : ""), { credentials: "same-origin", cache: "no-cache" });
      if (answer.status === 401) { state.counted = null; signal(words.signed_out); return; }
      if (asked && answer.status === 404) { tell({ stale: true }); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const [plan, ...lines] = (await answer.text()).split("\n");
      if (plan !== options.plan) { tell({ stale: true }); return; }
      if (measure !== state.measure || state.replaying) return;
      const told = asked ? lines.shift().split(",").filter(Boolean).map((told) => told.split(":")) : null;
      if (told && !told.length) lines.push("", "", "", "", "");
      const before = state.selected && shown.byCode.get(state.selected);
      const was = before && before.load && counts(before.load);
      const fresh = read(lines, measure, { tiled: asked, alone });
      if (asked) {
        let from = 0;
        for (const [place, value] of told) {
          const bundle = asked[place];
          bundle.stamp = { measure, value, alone };
          bundle.fresh = fresh.slice(from, (from += bundle.count));
          if (bundle.grids) weigh(bundle.grids, bundle.fresh);
        }
      } else weigh(shown.grids, fresh);
      state.counted = Date.now();
      state.painted = measure;
      signal(null);
      if (n === state.drawn) paint();
      // The page beside the map follows when the numbers of its own grid change.
      if (before && alone) await learn(before);
      const now = was && counts(before.load);
      if (now && was !== now) tell({ code: before.code, changed: true });
    } catch (error) {
      state.question = null;
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
    (measure.classes[state.drawn] || []).forEach((label, i) => row(p.classes[i], label));
    const hatched = "repeating-linear-gradient(135deg," + p.outline + " 0 1px,transparent 1px 5px)";
    const shown = new Set((here() || { grids: [] }).grids.map((grid) => grid.load && grid.load.class));
    if (shown.has(NO_BASE)) row(hatched, measure.told ? measure.told.unknown : words.no_base);
    if (shown.has(FEW)) row(hatched, words.few);
    if (shown.has(TOO_FEW)) row("transparent", words.too_few);
  }
  if (!options.wall) L.control.zoom({ position: "bottomright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);

  function boundsOf(code) {
    if (state.places[code]) return boxOf(state.places[code]);
    const at = levelsUp.map(known).find((its) => its && its.byCode.has(code));
    return at ? at.byCode.get(code).shape.getBounds() : null;
  }

  // The page's one way to speak to the map: which level, what is selected, whose children, where to look; `places` are the
  // bounds of what it names.
  async function show(wanted) {
    const ticket = (state.shownAt += 1);
    if (!options.geometry[wanted.level]) return;
    state.showing = true;
    try {
      const chosen = await level(wanted.level);
      if (ticket !== state.shownAt) return;
      await showNow(wanted, chosen, ticket);
      if (!options.loads) signal(null);
    } catch (error) {
      // Outlines that could not be had are asked for again: a map must not stay empty.
      if (!error.away) throw error;
      signal(words.lost);
      setTimeout(() => { if (ticket === state.shownAt) show(wanted); }, 3000);
    } finally { if (ticket === state.shownAt) state.showing = false; }
    if (ticket === state.shownAt && state.moved && options.tiled.length) follow();
  }
  async function showNow(wanted, chosen, ticket) {
    state.level = wanted.level;
    state.within = wanted.within || null;
    state.children = new Set(wanted.children || []);
    state.places = wanted.places || {};
    state.selected = wanted.selected;
    // Colours and legend change together, when the counts of another measure have come.
    const measured = wanted.measure && wanted.measure !== state.measure && options.measures[wanted.measure];
    if (measured) state.measure = wanted.measure;
    for (const its of Object.values(levels)) (its.grids || []).forEach(placed);
    if (state.pin) { state.pin.remove(); state.pin = null; }
    if (wanted.pin) state.pin = L.circleMarker([wanted.pin[1], wanted.pin[0]], { radius: 9, color: p.text, weight: 3, fillColor: p.warn, fillOpacity: 1, interactive: false }).addTo(map);
    map.getContainer().style.cursor = wanted.pick ? "crosshair" : "";
    // A map that was just made has to look somewhere, also when the page asks for no new view.
    const fit = wanted.fit || (state.fitted ? null : wanted.within || "city");
    const bounds = fit && (fit === "city" || fit === "inside" ? boundsOfAll(chosen, fit === "inside") : boundsOf(fit) || boundsOfAll(chosen));
    drawLegend();
    if (bounds && bounds.isValid()) look(bounds);
    state.fitted = true;
    state.moved = false;
    await follow();
    if (ticket !== state.shownAt) return;
    if (measured) count().then(drawLegend);
    await outlineParent(wanted);
    await selectElsewhere(wanted.selected, wanted.selected_level);
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
    const told = state.places[inside ? "inside" : "city"];
    if (told) return boxOf(told);
    if (shown.tiled) return shown.bounds;
    const seen = shown.grids.filter((grid) => !inside || grid.inside);
    return seen.reduce((box, grid) => box.extend(grid.shape.getBounds()), L.latLngBounds([]));
  }
  // One day of the past in the same colours (see server/replay.py); without one, the counts of now again.
  function pastDay(classes, opens) {
    state.replaying = Boolean(classes);
    const shown = here();
    // What was shown of the past is no longer what is known of now.
    if (shown && shown.tiled) for (const bundle of shown.wanted) bundle.stamp = null;
    if (!classes || !shown) { count(); return; }
    const [c, o] = [numbers(classes), numbers(opens)];
    const grids = shown.tiled ? shown.wanted.flatMap((bundle) => bundle.grids || Array(bundle.count).fill({})) : shown.grids;
    grids.forEach((grid, i) => {
      grid.load = c[i] === null ? { hidden: true, measure: state.measure } : { class: c[i], open: o[i], overdue: 0, soon: 0, measure: state.measure };
    });
    paint();
  }
  async function outlineParent(wanted) {
    if (!wanted.within || !options.geometry[wanted.within_level]) { frame.remove(); return; }
    const parent = await find(wanted.within_level, wanted.within);
    if (state.within !== wanted.within) return;
    if (parent) frame.setLatLngs(parent.parts.flat().map((ring) => ring.concat([ring[0]]))).addTo(map);
  }

  window.redgrid = {
    ready: false,
    get plan() { return options.plan; },
    get level() { return state.level; },
    get drawn() { return state.drawn; },
    get crowded() { return state.crowded; },
    // What a question about the drawn grids has to name.
    get asking() { return "level=" + state.drawn + (here() && here().tiled ? "&tiles=" + here().wanted.map((bundle) => bundle.number).join(",") : ""); },
    // What was asked for last, without what was known already.
    get question() { return state.question; },
    get within() { return state.within; },
    get measure() { return state.painted; },
    get selected() { return state.selected; },
    get countedAt() { return state.counted; },
    codes: () => (here() ? here().grids.map((grid) => grid.code) : []),
    load: (code) => {
      const grid = here() && here().byCode.get(code);
      return grid && grid.load && !grid.load.hidden ? grid.load.open ?? null : null;
    },
    click: (code) => {
      const grid = here().byCode.get(code);
      const at = grid.label ? L.latLng(grid.label) : grid.shape.getBounds().getCenter();
      grid.shape.fire("click", { latlng: at });
    },
    classOf: (code) => {
      const grid = here() && here().byCode.get(code);
      return grid && grid.load && grid.load.measure === state.measure && !grid.load.hidden ? grid.load.class : null;
    },
    brief,
    up: () => tell({ up: true }),
    shown: () => (here() ? (here().tiled ? here().near() : here().grids) : []),
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
