// The buttons of ticket cards: what is pressed is told through one hidden field of the page (``views/asking.py``).
(function () {
  "use strict";
  if (window.redgridMoves) return;
  window.redgridMoves = true;

  const PATIENCE = 20, PAUSE = 250;
  const fill = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const pause = (length) => new Promise((resolve) => setTimeout(resolve, length));

  // Who is quick presses before the page is drawn as far as its field.
  async function field() {
    for (let times = 0; times < PATIENCE; times += 1) {
      const found = document.querySelector(".st-key-pressed-move input");
      if (found) return found;
      await pause(PAUSE);
    }
    return null;
  }

  // As somebody would who types into the field and leaves it; the time makes a second press another one.
  async function tell(move) {
    const input = await field();
    if (!input) return;
    fill.call(input, `${move} ${Date.now()}`);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await pause(0);
    input.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button[data-move]");
    if (button) tell(button.dataset.move);
  });
})();
