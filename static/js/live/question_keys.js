// Keys of the questions, for the whole page: an officer looks at the applicant, not at where the
// focus is. A key stays with the focused control only where it does something there.

const TAKES_TEXT = "textarea, select, [contenteditable]:not([contenteditable=false]), input:not([type=radio], [type=checkbox], [type=button], [type=submit], [type=reset], [type=image])";
const ACTS_ON_SPACE = "button, summary, input:not([type=radio]:checked), audio[controls], video[controls], [role=button], [role=checkbox], [role=switch], [role=tab], [role=menuitem]";
const ACTS_ON_ARROWS = "input[type=radio], audio[controls], video[controls], [role=radio], [role=tab], [role=menuitem]";
const OPEN_DIALOG = ".modal.show, dialog[open]";

function isKept(key, place) {
  if (place.closest(TAKES_TEXT)) return true;
  if (key === " ") return place.closest(ACTS_ON_SPACE) !== null;
  return key.startsWith("Arrow") && place.closest(ACTS_ON_ARROWS) !== null;
}

function isForNobodyHere(event) {
  if (event.defaultPrevented || event.isComposing || event.repeat) return true;
  return event.ctrlKey || event.metaKey || event.altKey || document.querySelector(OPEN_DIALOG) !== null;
}

export function listenToKeys(questions, page) {
  const { course } = questions;
  const actions = {
    " ": () => course.toggle(),
    ArrowRight: () => course.step(1),
    ArrowLeft: () => course.step(-1),
    n: () => course.step(1),
    p: () => course.step(-1),
    r: () => questions.read(),
  };
  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!actions[key] || isForNobodyHere(event) || isKept(key, event.target)) return;
    event.preventDefault();
    actions[key]();
  });
  // Who clicks or taps a button is done with it: else the next space bar would press it again.
  page.addEventListener("click", (event) => event.detail > 0 && event.target.closest("button")?.blur());
}
