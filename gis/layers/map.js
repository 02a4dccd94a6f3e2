// What the layers share: decoding outlines, escaping, and one place to keep the map's state.
(function () {
  "use strict";
  window.redgridLayers = window.redgridLayers || {};
  // The frame speaks the language of its page.
  document.documentElement.lang = window.parent.document.documentElement.lang;

  // Whole-number steps back to [lat, lng] rings; the coding is described in gis/coding.py.
  function decode(coded) {
    const [west, south] = coded.origin, step = coded.step;
    return coded.features.map((feature) => {
      const parts = feature.r.map((part) => part.map((steps) => {
        const ring = [];
        let x = 0, y = 0;
        for (let i = 0; i < steps.length; i += 2) {
          x += steps[i]; y += steps[i + 1];
          ring.push([south + y * step, west + x * step]);
        }
        return ring;
      }));
      const label = feature.p ? [south + feature.p[1] * step, west + feature.p[0] * step] : null;
      return { code: feature.c, name: feature.n || "", kind: feature.k, parts, label };
    });
  }

  async function fetchCoded(url) {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(url + ": " + answer.status);
    return decode(await answer.json());
  }

  // The map fills its frame, whatever height Streamlit gave the frame.
  function fillFrame(map) {
    const box = map.getContainer();
    box.style.height = "100vh";
    box.style.width = "100%";
    map.invalidateSize(false);
    if (map.redgridWatched) return;
    map.redgridWatched = true;
    new ResizeObserver(() => map.invalidateSize(false)).observe(box);
  }

  // How much larger than on a desk: a wall's page has a rem of 16 at 1080 lines, and its smallest letters have 30.
  function scale(wall) {
    if (!wall) return 1;
    const rem = parseFloat(window.parent.getComputedStyle(window.parent.document.documentElement).fontSize);
    document.documentElement.style.fontSize = rem + "px";
    document.documentElement.classList.add("wall");
    return rem / 16;
  }

  window.redgridMap = { scale, decode, fetchCoded, fillFrame };
})();
