// The phone: what each page can do by itself, this makes quicker. Nothing here is needed to work.
(function () {
  "use strict";
  const body = document.body, person = body.dataset.person;
  const words = JSON.parse(body.dataset.words);
  const say = (key, n) => words[key].replace("{n}", n);
  const one = (selector, within) => (within || document).querySelector(selector);
  const LARGEST = 400000, LONGEST_SIDE = 1600;
  document.documentElement.classList.add("js");

  // --- what was typed stays, through a dropped network and a reload ---------------------------------------------

  const draftOf = (path) => "redgrid:" + person + ":" + path;
  const NOT_KEPT = ["form_token", "version", "frame", "photo", "do"];
  const form = one("form[data-send]");
  const here = form ? draftOf(location.pathname) : "";

  function typed() {
    return [...new FormData(form)].filter(([name, value]) => !NOT_KEPT.includes(name) && typeof value === "string");
  }
  function keep() {
    try { localStorage.setItem(here, JSON.stringify(typed())); } catch { /* full or forbidden: the page still works */ }
  }
  function fill(pairs) {
    const given = new Map(pairs);
    for (const field of form.elements) {
      if (!field.name || NOT_KEPT.includes(field.name) || !given.has(field.name) && field.type !== "checkbox") continue;
      if (field.type === "radio" || field.type === "checkbox") field.checked = given.get(field.name) === field.value;
      else if (field.type !== "image" && field.type !== "submit") field.value = given.get(field.name);
    }
    const chosen = one("details.more :checked", form);
    if (chosen) chosen.closest("details").open = true;
  }
  function forgetAll() {
    for (const key of Object.keys(localStorage)) if (key.startsWith("redgrid:")) localStorage.removeItem(key);
  }
  if (body.dataset.done) for (const key of Object.keys(localStorage)) if (key.startsWith(draftOf(body.dataset.done) + "/")) localStorage.removeItem(key);

  // --- reports that wait for the network, with their photos -----------------------------------------------------

  const opened = () => new Promise((done, fail) => {
    const asked = indexedDB.open("redgrid", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("unsent", { keyPath: "once" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  async function queue(mode, what) {
    const store = await opened();
    return new Promise((done, fail) => {
      const work = store.transaction("unsent", mode), asked = what(work.objectStore("unsent"));
      work.oncomplete = () => { store.close(); done(asked.result); };
      work.onerror = work.onabort = () => { store.close(); fail(work.error); };
    });
  }
  const waiting = async () => (await queue("readonly", (s) => s.getAll())).filter((each) => each.person === person);
  const drop = (once) => queue("readwrite", (s) => s.delete(once));

  async function show() {
    const all = await waiting();
    for (const badge of document.querySelectorAll(".unsent")) { badge.hidden = !all.length; badge.textContent = say("unsent", all.length); }
    const list = one(".waiting");
    if (!list) return;
    one("#unsent").hidden = !all.length;
    list.replaceChildren(...all.map((each) => {
      const box = document.createElement("article"), text = document.createElement("p"), why = document.createElement("p"), both = document.createElement("div");
      text.textContent = new Map(each.fields).get("words") || each.kind || "…";
      why.textContent = each.because || say("waits");
      for (const [word, act] of [["edit", () => change(each)], ["drop", () => drop(each.once).then(show)]]) {
        const button = document.createElement("button");
        button.type = "button"; button.textContent = say(word); button.onclick = act;
        both.append(button);
      }
      box.append(text, why, both);
      return box;
    }));
  }

  class Away extends Error {}
  // Sends and tells where to go next, or why not; throws Away when nobody answered.
  async function send(action, fields, picture) {
    try {
      const headers = { accept: "application/json" };
      const asked = await fetch("/m/token", { headers, cache: "no-store" });
      if (asked.status === 401) return { signedOut: true };
      if (!asked.ok) throw new Away();
      const data = new FormData();
      for (const [name, value] of fields) data.append(name, value);
      data.set("form_token", (await asked.json()).form_token);
      if (picture) data.set("photo", picture, "photo.jpg");
      const answer = await fetch(action, { method: "POST", body: data, headers });
      if (answer.status === 401) return { signedOut: true };
      if (answer.status >= 500) throw new Away();
      return await answer.json();
    } catch (error) {
      if (error instanceof TypeError || error instanceof Away || error instanceof SyntaxError) throw new Away();
      throw error;
    }
  }

  let sending = false;
  async function sendWaiting() {
    if (sending || !navigator.onLine) return;
    sending = true;
    try {
      for (const each of await waiting()) {
        if (each.because) continue;
        const answer = await send("/m/raise", each.fields, each.photo);
        if (answer.signedOut) break;
        if (answer.to) await drop(each.once);
        else await queue("readwrite", (s) => s.put(Object.assign(each, { because: answer.because })));
      }
    } catch (error) {
      if (!(error instanceof Away)) throw error;
    } finally { sending = false; }
    await show();
  }
  addEventListener("online", sendWaiting);
  setInterval(sendWaiting, 60000);

  // --- a photo, small and upright before it travels -------------------------------------------------------------

  let photo = null, ready = Promise.resolve();
  async function shrunk(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    let side = LONGEST_SIDE;
    for (const quality of [0.85, 0.7, 0.55, 0.4, 0.3]) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (small && small.size <= LARGEST) return small;
      side *= 0.85;
    }
    return file;
  }
  function took(file) {
    photo = file || null;
    if (!file) return;
    const label = one(".photo span"), asks = label.textContent;
    label.textContent = say("shrinking");
    // What a browser cannot read, the server may.
    ready = shrunk(file).then((small) => { photo = small; }, () => {}).then(() => { label.textContent = asks; preview(); });
  }
  function preview() {
    const image = one(".photo img");
    if (!image) return;
    if (image.src) URL.revokeObjectURL(image.src);
    image.hidden = !photo;
    if (photo) image.src = URL.createObjectURL(photo);
  }

  // --- telling --------------------------------------------------------------------------------------------------

  function tell(text, kind) {
    let note = one("#told");
    if (!note) {
      note = document.createElement("p");
      note.id = "told"; note.setAttribute("role", "alert"); note.tabIndex = -1;
      one("main").prepend(note);
    }
    note.className = "note " + kind; note.textContent = text;
    note.scrollIntoView({ block: "nearest" }); note.focus({ preventScroll: true });
  }

  // --- the form -------------------------------------------------------------------------------------------------

  function change(each) {
    fill(each.fields);
    photo = each.photo || null;
    drop(each.once).then(show);
    keep(); preview(); if (map) { map.shown(); map.describe(); }
    scrollTo(0, 0);
  }
  function afresh() {
    form.reset(); photo = null; preview();
    form.elements.once.value = crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random();
    form.elements.at.value = "";
    localStorage.removeItem(here);
    if (map) map.shown();
  }
  async function submit(event) {
    if (event.submitter && event.submitter.value && event.submitter.value !== "send") return;
    event.preventDefault();
    const button = one(".bar .primary"), title = button.textContent;
    if (button.disabled) return;
    button.disabled = true; button.textContent = say("sending");
    keep();
    try {
      await ready;
      const fields = typed().concat([["do", "send"]].filter(() => form.dataset.send === "queue"));
      const version = form.elements.version;
      if (version) fields.push(["version", version.value]);
      const answer = await send(form.action, fields, photo);
      if (answer.to) { localStorage.removeItem(here); form.dataset.left = "1"; location.href = answer.to; return; }
      if (answer.signedOut && form.dataset.send === "queue") { await later("signin"); return; }
      tell(answer.signedOut ? say("signin") : answer.because, "bad");
      if (answer.stale) form.submit();
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      if (form.dataset.send === "queue") await later("offline"); else tell(say("kept"), "bad");
    } finally { if (!form.dataset.left) { button.disabled = false; button.textContent = title; } }
  }
  async function later(why) {
    const chosen = one(":checked + span", form);
    const each = { once: form.elements.once.value, person, fields: typed().concat([["do", "send"]]), photo, kind: chosen ? chosen.textContent : "" };
    try { await queue("readwrite", (s) => s.put(each)); } catch { tell(say("kept"), "bad"); return; }
    afresh();
    await show();
    tell(say(why), "ok");
  }

  // --- the place: a tap on the picture, closer and wider, where I am ---------------------------------------------

  let map = null;
  function placing(pick) {
    const image = one("input[type=image]", pick), at = form.elements.at, frame = form.elements.frame, line = one(".where");
    const pin = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    pin.setAttribute("viewBox", "0 0 40 52"); pin.setAttribute("class", "pin"); pin.setAttribute("aria-hidden", "true");
    pin.innerHTML = '<path d="M20 50C15 37 3 30 3 17a17 17 0 1 1 34 0c0 13-12 20-17 33z"/>';
    pick.append(pin);
    const edge = () => ["west", "south", "east", "north"].map((side) => Number(pick.dataset[side]));
    function look(lng, lat, high) {
      high = Math.min(1, Math.max(high, 90 / 111320));
      const wide = high * image.width / image.height / Math.cos(lat * Math.PI / 180);
      Object.assign(pick.dataset, { west: lng - wide / 2, south: lat - high / 2, east: lng + wide / 2, north: lat + high / 2 });
      frame.value = [lng.toFixed(6), lat.toFixed(6), high.toFixed(6)].join();
      image.src = "/m/map.svg?frame=" + frame.value;
      shown();
    }
    function shown() {
      const [west, south, east, north] = edge(), place = at.value.split(",").map(Number);
      const across = (place[0] - west) / (east - west), down = (north - place[1]) / (north - south);
      pin.toggleAttribute("hidden", !at.value || !(across >= 0 && across <= 1 && down >= 0 && down <= 1));
      pin.style.left = image.offsetLeft + across * image.width + "px";
      pin.style.top = down * image.height + "px";
      if (!at.value) line.textContent = line.dataset.empty;
    }
    function choose(lng, lat) {
      at.value = lng.toFixed(6) + "," + lat.toFixed(6);
      keep(); shown(); describe();
    }
    function describe() {
      line.textContent = "◉ " + at.value;
      line.className = "where";
      fetch("/m/where?at=" + at.value, { headers: { accept: "application/json" } }).then((a) => a.json()).then((a) => { if (a.words) line.textContent = "◉ " + a.words; }, () => {});
    }
    image.addEventListener("click", (event) => {
      // A keyboard presses the picture without a place: the middle is one.
      event.preventDefault();
      const box = image.getBoundingClientRect(), [west, south, east, north] = edge(), pressed = event.detail === 0;
      const across = pressed ? 0.5 : (event.clientX - box.left) / box.width, down = pressed ? 0.5 : (event.clientY - box.top) / box.height;
      choose(west + across * (east - west), north - down * (north - south));
    });
    for (const button of pick.querySelectorAll(".tools button")) button.addEventListener("click", (event) => {
      event.preventDefault();
      const [west, south, east, north] = edge(), place = at.value ? at.value.split(",").map(Number) : [(west + east) / 2, (south + north) / 2];
      look(place[0], place[1], (north - south) * (button.value === "closer" ? 0.5 : 2));
    });
    const locate = one(".locate", pick);
    locate.hidden = !navigator.geolocation;
    locate.addEventListener("click", () => {
      line.textContent = say("locating");
      navigator.geolocation.getCurrentPosition(
        (found) => { const c = found.coords; look(c.longitude, c.latitude, 300 / 111320); choose(c.longitude, c.latitude); },
        () => { line.textContent = say("nowhere"); },
        { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 });
    });
    addEventListener("resize", shown);
    shown();
    if (at.value && !("wasSent" in form.dataset)) describe();
    return { shown, describe };
  }

  // --- a round that begins where one stands: only whoever asks for it is looked for ---------------------------------

  function fromHere(ask) {
    const line = one("[role=status]", ask);
    ask.hidden = !navigator.geolocation;
    ask.addEventListener("submit", (event) => {
      event.preventDefault();
      line.textContent = say("locating");
      navigator.geolocation.getCurrentPosition(
        (found) => { ask.elements.at.value = found.coords.longitude.toFixed(6) + "," + found.coords.latitude.toFixed(6); ask.submit(); },
        () => { line.textContent = say("unfound"); },
        { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 });
    });
  }

  // --- the map of my grid: still until it is asked to move --------------------------------------------------------

  function moving(box) {
    const svg = one("[role=img] > svg", box), whole = svg.viewBox.baseVal;
    const size = { w: whole.width, h: whole.height };
    const view = { x: 0, y: 0, w: size.w, h: size.h };
    const draw = () => {
      view.w = Math.min(size.w, Math.max(size.w / 12, view.w)); view.h = view.w * size.h / size.w;
      view.x = Math.min(size.w - view.w, Math.max(0, view.x)); view.y = Math.min(size.h - view.h, Math.max(0, view.y));
      svg.setAttribute("viewBox", [view.x, view.y, view.w, view.h].join(" "));
      for (const mark of svg.querySelectorAll("[data-no]")) {
        mark.setAttribute("transform", mark.getAttribute("transform").replace(/ scale.*/, "") + " scale(" + (view.w / size.w) + ")");
      }
    };
    const zoom = (by) => { const x = view.x + view.w / 2, y = view.y + view.h / 2; view.w /= by; view.h /= by; view.x = x - view.w / 2; view.y = y - view.h / 2; draw(); };
    const add = (text, label, act) => { const b = document.createElement("button"); b.type = "button"; b.textContent = text; if (label) b.setAttribute("aria-label", label); b.onclick = act; box.append(b); return b; };
    const toggle = add("", say("move"), () => {
      const on = box.classList.toggle("on");
      toggle.classList.toggle("done", on); toggle.setAttribute("aria-label", say(on ? "done" : "move")); more.hidden = less.hidden = !on;
    });
    toggle.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3"/></svg>';
    const less = add("－", say("wider"), () => zoom(1 / 1.6)), more = add("＋", say("closer"), () => zoom(1.6));
    more.hidden = less.hidden = true;
    const fingers = new Map();
    let moved = 0;
    svg.addEventListener("pointerdown", (event) => { moved = 0; if (!box.classList.contains("on")) return; svg.setPointerCapture(event.pointerId); fingers.set(event.pointerId, event); });
    svg.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const scale = view.w / svg.clientWidth, others = [...fingers.values()].filter((f) => f !== before);
      moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
      if (others.length === 1) {
        const apart = (f) => Math.hypot(f.clientX - others[0].clientX, f.clientY - others[0].clientY) || 1;
        zoom(apart(event) / apart(before));
      } else { view.x -= (event.clientX - before.clientX) * scale; view.y -= (event.clientY - before.clientY) * scale; draw(); }
      fingers.set(event.pointerId, event);
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, (event) => fingers.delete(event.pointerId));
    // A tap near a mark leads to its ticket, once the map moves; before, it makes the map move.
    svg.addEventListener("click", (event) => {
      if (moved > 8) return;
      if (!box.classList.contains("on")) { toggle.click(); return; }
      let best = 28, no = "";
      for (const mark of svg.querySelectorAll("[data-no]")) {
        const spot = mark.getBoundingClientRect(), away = Math.hypot(spot.x + spot.width / 2 - event.clientX, spot.y + spot.height / 2 - event.clientY);
        if (away < best) { best = away; no = mark.dataset.no; }
      }
      if (no) location.href = "/m/tickets/" + encodeURIComponent(no);
    });
  }

  // --- the way out ----------------------------------------------------------------------------------------------

  async function leave(event) {
    event.preventDefault();
    // Also those of whoever had this phone before: signing out empties it.
    const all = await queue("readonly", (s) => s.getAll()).catch(() => []);
    if (all.length && !confirm(say("leave", all.length))) return;
    for (const each of all) await drop(each.once);
    forgetAll();
    location.href = event.target.href;
  }

  // --- begin ----------------------------------------------------------------------------------------------------

  const kept = form && !("wasSent" in form.dataset) && localStorage.getItem(here);
  if (kept) fill(JSON.parse(kept));
  if (form) {
    form.addEventListener("input", keep);
    form.addEventListener("submit", submit);
    const file = one("input[type=file]", form);
    if (file) file.addEventListener("change", () => took(file.files[0]));
  }
  if (one(".pick")) map = placing(one(".pick"));
  if (one("[data-from-here]")) fromHere(one("[data-from-here]"));
  if (one("[data-map]")) moving(one("[data-map]"));
  if (one("[data-out]")) one("[data-out]").addEventListener("click", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  const wrong = one("main > .note.bad");
  if (wrong) wrong.focus();
  show().then(sendWaiting, () => {});
})();
