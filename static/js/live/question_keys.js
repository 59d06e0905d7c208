// Keys of the questions. They rest while somebody types or stands on a control that uses the key.

const FREE_OF_KEYS = "input, textarea, select, [contenteditable], .modal";

export function listenToKeys(questions) {
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
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest(FREE_OF_KEYS)) return;
    if (document.querySelector(".modal.show")) return;
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
