// Light, dark or as the system; remembered on this device. Charts listen for "themechange".

const system = matchMedia("(prefers-color-scheme: dark)");

function apply(wanted) {
  const dark = wanted === "dark" || (wanted === "auto" && system.matches);
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  for (const button of document.querySelectorAll("button[data-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === wanted));
    button.classList.toggle("active", button.dataset.theme === wanted);
  }
  document.dispatchEvent(new CustomEvent("themechange"));
}

const remembered = () => localStorage.getItem("theme") || "auto";

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-theme]");
  if (!button) return;
  localStorage.setItem("theme", button.dataset.theme);
  apply(button.dataset.theme);
});
system.addEventListener("change", () => apply(remembered()));
apply(remembered());
