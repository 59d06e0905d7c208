// j and k move through the rows of a list, Enter opens the marked one, a takes it.

const rows = () => [...document.querySelectorAll("table[data-keys] tbody tr")];
const marked = () => document.querySelector("table[data-keys] tr.is-cursor");

function mark(row) {
  marked()?.classList.remove("is-cursor");
  row.classList.add("is-cursor");
  row.querySelector("a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(marked());
  mark(all[Math.min(Math.max(at + step, 0), all.length - 1)]);
}

// A list that is renewed keeps its mark, and the focus where that was.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const row = event.target.querySelector?.("tr.is-cursor");
  if (!row) return;
  const focused = row.contains(document.activeElement);
  event.target.addEventListener(
    "htmx:afterSwap",
    () => {
      const renewed = document.getElementById(row.id);
      renewed?.classList.add("is-cursor");
      if (focused) renewed?.querySelector("a")?.focus({ preventScroll: true });
    },
    { once: true },
  );
});

const actions = {
  j: () => move(1),
  k: () => move(-1),
  a: () => marked()?.querySelector("button[data-take]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  actions[event.key]?.();
});
