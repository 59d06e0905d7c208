// Keys of the player. They rest while somebody types or stands on a control that uses the key.

const FREE_OF_KEYS = "input, textarea, select, [contenteditable], .modal";
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

export function listenToKeys(clock, timeline, frame_s, signal) {
  const move = (delta_s) => clock.seek(clock.t_s + delta_s);
  const stepFrame = (delta_s) => {
    clock.pause();
    move(delta_s);
  };
  const faster = (direction) => {
    const at = RATES.indexOf(clock.rate);
    clock.rate = RATES[Math.min(Math.max((at < 0 ? 2 : at) + direction, 0), RATES.length - 1)];
  };
  const actions = {
    " ": () => clock.toggle(),
    ArrowLeft: (event) => move(event.shiftKey ? -10 : -2),
    ArrowRight: (event) => move(event.shiftKey ? 10 : 2),
    ",": () => stepFrame(-frame_s),
    ".": () => stepFrame(frame_s),
    "<": () => faster(-1),
    ">": () => faster(1),
    "+": () => timeline.zoom(0.5),
    "-": () => timeline.zoom(2),
    0: () => timeline.showAll(),
  };
  timeline.root.querySelector("[role=slider]").addEventListener("keydown", (event) => {
    if (event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    clock.seek(event.key === "Home" ? 0 : clock.duration_s);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FREE_OF_KEYS)) return;
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key](event);
  }, { signal });
}
