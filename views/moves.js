// The buttons of ticket cards: what is pressed is told through one hidden field of the page (``views/asking.py``).
(function () {
  "use strict";
  if (window.redgridMoves) return;
  window.redgridMoves = true;
  document.documentElement.classList.add("rg-listens");

  const PATIENCE = 20, PAUSE = 250, TELLS = 4, LOOKS = 10;
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

  // As somebody would who types into the field and leaves it.
  async function type(words) {
    const input = await field();
    if (!input) return;
    fill.call(input, words);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await pause(0);
    input.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }

  // The page says what it has heard. What it was told while it drew something else may be lost: it is told again.
  let pressed = 0;
  async function tell(move) {
    const press = (pressed += 1);
    for (let times = 0; times < TELLS; times += 1) {
      // The time makes a second press another one.
      const words = `${move} ${Date.now()}`;
      await type(words);
      for (let look = 0; look < LOOKS; look += 1) {
        await pause(PAUSE);
        if (press !== pressed || heard() === words) return;
      }
    }
  }
  function heard() {
    const last = document.querySelector("[data-heard]");
    return last && last.dataset.heard;
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button[data-move]");
    if (button) tell(button.dataset.move);
  });
})();
