// What a planner draws with: select, rectangle, lasso, line, hand. A finished gesture is a command: it is sent to the
// page, which knows what it means; nothing is changed here.
redgridLayers.tools = function (map, options) {
  "use strict";
  const words = options.words, p = options.palette, frame = window.redgrid, box = map.getContainer();
  const DRAGGED = new Set(["rectangle", "lasso"]), DRAWS = new Set(["rectangle", "lasso", "line"]), MOST = 240;
  let points = [], add = false, dragging = false, pointer = null, space = false;
  map.boxZoom.disable();
  map.doubleClickZoom.disable();
  document.body.style.userSelect = "none";
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", words.map);

  // --- the shape being drawn ---------------------------------------------------------------------------------------

  const above = map.createPane("redgrid-drawing");
  above.style.zIndex = 640;
  above.style.pointerEvents = "none";
  const renderer = L.svg({ pane: "redgrid-drawing", padding: 0.5 });
  const casing = L.polyline([], { renderer, pane: "redgrid-drawing", interactive: false, color: p.background, weight: 6, opacity: 0.9 }).addTo(map);
  const ink = L.polyline([], { renderer, pane: "redgrid-drawing", interactive: false, color: p.bad, weight: 2.6, dashArray: "10 5" }).addTo(map);
  const ground = L.polygon([], { renderer, pane: "redgrid-drawing", interactive: false, stroke: false, fillColor: p.bad, fillOpacity: 0.1 }).addTo(map);
  function corners(shape) {
    if (frame.tool !== "rectangle" || shape.length < 2) return shape;
    const b = L.latLngBounds(shape[0], shape[shape.length - 1]);
    return [b.getSouthWest(), b.getNorthWest(), b.getNorthEast(), b.getSouthEast()];
  }
  function sketch() {
    const shape = corners(points.concat(pointer && points.length && !dragging ? [pointer] : []));
    const closed = DRAGGED.has(frame.tool) && shape.length > 2;
    for (const each of [casing, ink]) each.setLatLngs(closed ? shape.concat([shape[0]]) : shape);
    ground.setLatLngs(closed ? shape : []);
  }
  function drop() { points = []; dragging = false; pointer = null; sketch(); }

  // --- gestures ----------------------------------------------------------------------------------------------------

  const rounded = ({ lng, lat }) => [Number(lng.toFixed(6)), Number(lat.toFixed(6))];
  function tell(kind, shape, more) {
    frame.tell(Object.assign({ kind, points: shape.map(rounded), add }, more));
  }
  // A hand draws hundreds of points: those that lie hardly off the line between the others say nothing.
  function fewer(shape) {
    const drawn = shape.map((each) => map.latLngToLayerPoint(each));
    let kept = drawn;
    for (let off = 1; off === 1 || kept.length > MOST; off *= 2) kept = L.LineUtil.simplify(drawn, off);
    return kept.map((each) => map.layerPointToLatLng(each));
  }
  function finish() {
    const kind = frame.tool, shape = kind === "rectangle" ? corners(points) : kind === "lasso" ? fewer(points) : points;
    const enough = kind === "line" ? shape.length > 1 : shape.length > 2;
    const least = L.bounds(shape.map((each) => map.latLngToLayerPoint(each)));
    const wide = shape.length ? least.getSize() : { x: 0, y: 0 };
    drop();
    // A trembling click is no lasso.
    if (!enough || Math.max(wide.x, wide.y) < 6) return;
    tell(kind, shape);
    // Until the page answers, what was drawn stays in sight.
    frame.drawing.state.drawn = (kind === "line" ? shape : shape.concat([shape[0]])).map(rounded);
    frame.paint();
  }

  function press(latlng, withShift) {
    if (!points.length) add = withShift;
    if (DRAGGED.has(frame.tool)) { dragging = true; points = [latlng]; } else if (frame.tool === "line") points.push(latlng);
    sketch();
  }
  function move(latlng) {
    pointer = latlng;
    if (!dragging) { if (points.length) sketch(); return; }
    if (frame.tool === "rectangle") points = [points[0], latlng]; else points.push(latlng);
    sketch();
  }
  function click(latlng, withShift) {
    add = withShift;
    const unit = frame.unitAt(latlng);
    tell("click", [latlng], { units: unit ? [unit.code] : [] });
  }

  // Real pointer events, so that a finger and a pen draw too.
  const isTool = (event) => event.target.closest(".leaflet-control");
  const placeOf = (event) => map.mouseEventToLatLng(event);
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || isTool(event) || space || !DRAWS.has(frame.tool)) return;
    if (frame.tool === "line") return;
    box.setPointerCapture(event.pointerId);
    press(placeOf(event), event.shiftKey);
  });
  box.addEventListener("pointermove", (event) => {
    if (isTool(event)) { frame.point(null); return; }
    move(placeOf(event));
    if (frame.tool === "select" && !event.buttons) frame.point(placeOf(event));
  });
  box.addEventListener("pointerup", (event) => { if (dragging) { move(placeOf(event)); finish(); } });
  box.addEventListener("pointercancel", drop);
  box.addEventListener("pointerleave", () => frame.point(null));
  map.on("click", (event) => {
    const shift = Boolean(event.originalEvent && event.originalEvent.shiftKey);
    if (space) return;
    if (frame.tool === "select") click(event.latlng, shift);
    if (frame.tool === "line") press(event.latlng, shift);
  });
  // The second click of a double click has set its own point twice.
  map.on("dblclick", () => {
    if (frame.tool !== "line" || points.length < 2) return;
    const [a, b] = points.slice(-2).map((each) => map.latLngToLayerPoint(each));
    if (a.distanceTo(b) < 4) points.pop();
    finish();
  });

  // --- without a mouse: the middle of the map is the pointer ---------------------------------------------------------

  const middle = L.DomUtil.create("div", "redgrid-middle", box);
  middle.setAttribute("aria-hidden", "true");
  function enter(event) {
    const here = map.getCenter();
    if (frame.tool === "select") { click(here, event.shiftKey); return; }
    if (!DRAWS.has(frame.tool)) return;
    const ends = event.shiftKey || frame.tool === "rectangle";
    if (points.length && ends) { points.push(here); finish(); return; }
    if (!points.length) add = false;
    points.push(here);
    pointer = null;
    sketch();
  }
  const LETTERS = { h: "pan", v: "select", r: "rectangle", l: "lasso", b: "line" };
  // Only who has no mouse in hand needs to see where the middle is.
  document.addEventListener("keydown", () => box.classList.add("redgrid-by-keys"), true);
  document.addEventListener("pointerdown", () => box.classList.remove("redgrid-by-keys"), true);
  // What holds on the whole page: put down, undo, redo.
  function everywhere(event) {
    const key = event.key.toLowerCase(), withControl = event.ctrlKey || event.metaKey;
    if (event.key === "Escape") {
      if (points.length) drop(); else { frame.drawing.state.drawn = null; frame.paint(); tell("clear", []); }
    } else if (withControl && !event.altKey && (key === "z" || key === "y")) {
      event.preventDefault();
      tell(key === "y" || event.shiftKey ? "redo" : "undo", []);
    } else return false;
    return true;
  }
  document.addEventListener("keydown", (event) => {
    const inMap = document.activeElement === box || document.activeElement === document.body;
    if (everywhere(event) || event.ctrlKey || event.metaKey || event.altKey || !inMap) return;
    const key = event.key.toLowerCase();
    if (event.key === "Enter") { event.preventDefault(); if (document.activeElement === box) enter(event); else if (frame.tool === "line") finish(); }
    else if (event.key === "Backspace" && points.length) { points.pop(); sketch(); }
    else if (event.key === " ") { event.preventDefault(); space = true; hand(); }
    else if (LETTERS[key]) choose(LETTERS[key]);
  });
  document.addEventListener("keyup", (event) => { if (event.key === " ") { space = false; hand(); } });
  // Beside the map as well – but who writes takes back a letter, and who closes a list or a dialog puts nothing down.
  const WRITES = "input:not([role=combobox]), textarea, [contenteditable=true], [aria-expanded=true], [role=listbox]", page = window.parent.document;
  function beside(event) {
    if (!window.frameElement) page.removeEventListener("keydown", beside, true);
    else if (!event.target.closest(WRITES) && !page.querySelector("[role=dialog]")) everywhere(event);
  }
  // Before the page hears it: a list that this key closes is still open then.
  if (page !== document) page.addEventListener("keydown", beside, true);

  // --- the toolbar -------------------------------------------------------------------------------------------------

  const ICONS = {
    pan: "M8 11V5.5a1.5 1.5 0 0 1 3 0V10m0-5.500a1.500 1.500 0 0 1 3 0V10m0-3.500a1.500 1.500 0 0 1 3 0V14c0 4-2 6.500-5.500 6.500S7 18.500 5.500 16L3.700 12.800a1.500 1.500 0 0 1 2.600-1.500L8 13.500",
    select: "M6 3l12 9-5.500 1 3 6-2.500 1.200-3-6L6 18z",
    rectangle: "M4 6h16v12H4z",
    lasso: "M12 4c5 0 9 2.500 9 6s-4 6-9 6-9-2.500-9-6 4-6 9-6zM7 15.500c-1.500 1-1.500 3 .5 3s2 2.500.5 3.500",
    line: "M4 19L10 9l5 5 5-10M4 19h.01M10 9h.01M15 14h.01M20 4h.01",
  };
  function icon(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), line = document.createElementNS(svg.namespaceURI, "path");
    for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true", focusable: "false" })) svg.setAttribute(name, value);
    for (const [name, value] of Object.entries({ d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" })) line.setAttribute(name, value);
    svg.append(line);
    return svg;
  }
  const buttons = {};
  function button(name, title, content, pressed, act) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", title });
    if (typeof content !== "string") made.setAttribute("aria-label", title);
    made.setAttribute("aria-pressed", String(pressed));
    made.dataset.name = name;
    made.append(content);
    made.addEventListener("click", act);
    buttons[name] = made;
    return made;
  }
  function group(label, made) {
    const set = document.createElement("div");
    set.setAttribute("role", "group");
    set.setAttribute("aria-label", label);
    set.append(...made);
    return set;
  }
  const bar = L.control({ position: "topleft" });
  bar.onAdd = () => {
    const box = L.DomUtil.create("div", "redgrid-tools");
    box.setAttribute("role", "toolbar");
    box.setAttribute("aria-label", words.tools);
    box.append(
      group(words.tools, Object.entries(options.tools).map(([name, title]) => button(name, title, icon(ICONS[name]), name === frame.tool, () => choose(name)))),
      group(words.modes, Object.entries(options.modes).map(([name, title]) => button("mode-" + name, title, title, name === frame.mode, () => mode(name)))),
      group(words.changed, [button("changed", words.changed, words.changed_short, false, () => { frame.showChanged(!frame.isChangedShown); follow(); })]),
    );
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    // One stop for the tab key; the arrows go from button to button.
    const all = Object.values(buttons);
    all.forEach((each, n) => { each.tabIndex = n ? -1 : 0; });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], here = all.indexOf(document.activeElement);
      if (!step || here < 0) return;
      event.preventDefault(); event.stopPropagation();
      const next = all[(here + step + all.length) % all.length];
      all.forEach((each) => { each.tabIndex = each === next ? 0 : -1; });
      next.focus();
    });
    return box;
  };
  bar.addTo(map);
  const hint = L.control({ position: "topleft" });
  hint.onAdd = () => { const line = L.DomUtil.create("div", "redgrid-hint"); line.setAttribute("role", "status"); line.hidden = true; return line; };
  hint.addTo(map);

  function hand() {
    const pans = space || frame.tool === "pan" || frame.tool === "select";
    pans ? map.dragging.enable() : map.dragging.disable();
    box.style.touchAction = "none";
    box.style.cursor = space || frame.tool === "pan" ? "" : frame.tool === "select" ? "pointer" : "crosshair";
  }
  function choose(tool) {
    if (!options.tools[tool]) return;
    drop();
    frame.tool = tool;
    frame.point(null);
    hand(); follow();
  }
  function mode(name) { frame.mode = name; frame.point(null); follow(); }
  function follow() {
    for (const name of Object.keys(options.tools)) buttons[name].setAttribute("aria-pressed", String(name === frame.tool));
    for (const name of Object.keys(options.modes)) buttons["mode-" + name].setAttribute("aria-pressed", String(name === frame.mode));
    buttons.changed.setAttribute("aria-pressed", String(frame.isChangedShown));
    const line = hint.getContainer(), n = frame.selected().length, homes = n && frame.counted();
    const told = (sentence, count) => (count ? sentence.replace("{n}", count.toLocaleString("en")) : "");
    const said = [options.hints[frame.tool], told(words.selected, n), told(words.selected_homes, homes)].filter(Boolean).join(" · ");
    line.textContent = said;
    line.hidden = !said;
  }
  frame.onPaint(follow);

  // For tests and for other programs: the same events a person makes.
  frame.choose = choose;
  frame.setMode = mode;
  frame.draw = (kind, shape, more = {}) => {
    choose(kind === "click" ? "select" : kind);
    const rect = box.getBoundingClientRect();
    const at = ([lng, lat]) => { const { x, y } = map.latLngToContainerPoint(L.latLng(lat, lng)); return Object.assign({ clientX: rect.left + x, clientY: rect.top + y, button: 0, buttons: 1, pointerId: 1, pointerType: "mouse", bubbles: true, cancelable: true, detail: 1 }, more); };
    const fire = (name, point, Kind) => box.dispatchEvent(new Kind(name, at(point)));
    if (kind === "click" || kind === "line") {
      shape.forEach((point) => { for (const name of ["mousedown", "mouseup", "click"]) fire(name, point, PointerEvent); });
      if (kind === "line") fire("dblclick", shape[shape.length - 1], MouseEvent);
      return;
    }
    const capture = box.setPointerCapture;
    box.setPointerCapture = () => {};
    fire("pointerdown", shape[0], PointerEvent);
    for (const point of shape.slice(1)) fire("pointermove", point, PointerEvent);
    fire("pointerup", shape[shape.length - 1], PointerEvent);
    box.setPointerCapture = capture;
  };
  hand();
};
