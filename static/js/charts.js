// Draws Plotly figures that the server made: <div data-chart="id"> with the figure in
// <script type="application/json" id="id">, or <div data-chart-url="…"> that answers the figure.
// Colours in a figure are names of our tokens, "var(--cw-brand)"; they are looked up when drawn,
// so that a chart follows the theme.

const drawn = new Map();
let library;

export function plotly() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.querySelector('meta[name="plotly-script"]').content;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("The chart library did not load."));
    document.head.append(script);
  });
  return library;
}

export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function resolved(value) {
  if (typeof value === "string") {
    return value.replace(/var\((--[\w-]+)\)/g, (_, name) => token(name));
  }
  if (Array.isArray(value)) return value.map(resolved);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
  }
  return value;
}

function axis() {
  const line = token("--cw-line");
  return {
    gridcolor: line,
    zerolinecolor: token("--cw-line-strong"),
    linecolor: line,
    tickcolor: line,
    automargin: true,
  };
}

function themed(layout, box) {
  const ours = {
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "Inter, system-ui, sans-serif", size: 12, color: token("--cw-ink-2") },
    hoverlabel: {
      bgcolor: token("--cw-surface"),
      bordercolor: token("--cw-line-strong"),
      font: { color: token("--cw-ink"), family: "Inter, system-ui, sans-serif" },
    },
    margin: { l: 48, r: 16, t: 12, b: 36 },
  };
  const merged = { ...ours, ...resolved(layout) };
  merged.height ??= box.clientHeight;
  merged.font = { ...ours.font, ...(merged.font ?? {}) };
  for (const name of ["xaxis", "yaxis", "xaxis2", "yaxis2"]) {
    if (name in merged || name === "xaxis" || name === "yaxis") merged[name] = { ...axis(), ...merged[name] };
  }
  delete merged.template;
  delete merged.width;
  return merged;
}

async function figureOf(box) {
  if (box.dataset.chart) return JSON.parse(document.getElementById(box.dataset.chart).textContent);
  const answer = await fetch(box.dataset.chartUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The chart's figures did not load (${answer.status}).`);
  return answer.json();
}

export async function draw(box, figure) {
  const Plotly = await plotly();
  const config = { displayModeBar: false, responsive: true };
  await Plotly.react(box, resolved(figure.data), themed(figure.layout ?? {}, box), config);
}

async function start(box) {
  if (drawn.has(box)) return;
  drawn.set(box, null);
  try {
    const figure = await figureOf(box);
    drawn.set(box, figure);
    await draw(box, figure);
    box.dispatchEvent(new CustomEvent("chartdrawn", { bubbles: true }));
  } catch (error) {
    box.textContent = error.message;
    box.classList.add("loading");
  }
}

function startAll(root) {
  for (const box of root.querySelectorAll("[data-chart], [data-chart-url]")) start(box);
}

document.addEventListener("themechange", () => {
  for (const [box, figure] of drawn) {
    if (!box.isConnected) drawn.delete(box);
    else if (figure) draw(box, figure);
  }
});
document.body.addEventListener("htmx:afterSettle", (event) => startAll(event.target.parentElement ?? document));
startAll(document);
