// What every page does: keys, focus on errors, one submit at a time, messages of failed requests.

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function showError(text) {
  const toast = document.getElementById("toast-error").content.cloneNode(true);
  toast.querySelector("[data-text]").textContent = text;
  document.getElementById("toasts").append(toast);
}

document.addEventListener("keydown", (event) => {
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("global-search")?.focus();
  } else if (event.key === "?") {
    bootstrap.Modal.getOrCreateInstance("#keys-help").show();
  }
});

// A second press of the same button sends nothing; the server checks as well.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

document.body.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  const id = answer.getResponseHeader("X-Request-ID");
  let text = `The server answered ${answer.status}.`;
  if (answer.getResponseHeader("Content-Type")?.includes("json")) {
    text = JSON.parse(answer.responseText).error?.message ?? text;
  }
  showError(id ? `${text} (${id})` : text);
});
document.body.addEventListener("htmx:sendError", () => {
  showError("No connection to the server. Nothing was sent; try again.");
});

document.querySelector("[data-focus]")?.focus();
for (const toast of document.querySelectorAll(".toast[data-fade]")) {
  setTimeout(() => bootstrap.Toast.getOrCreateInstance(toast).hide(), 8000);
}

// Demo only: a press on an account fills in the sign-in form.
document.addEventListener("click", (event) => {
  const row = event.target.closest("button[data-login]");
  if (!row) return;
  const form = document.getElementById("sign-in");
  form.elements.username.value = row.dataset.login;
  form.elements.password.value = row.dataset.password;
  form.querySelector("button").focus();
});

// A table that scrolls sideways can be reached, and scrolled, with the keyboard.
function reachable(root) {
  for (const box of root.querySelectorAll(".table-scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
reachable(document);
document.fonts.ready.then(() => reachable(document));
addEventListener("resize", () => reachable(document));
document.body.addEventListener("htmx:afterSettle", () => reachable(document));
document.body.addEventListener("toggle", () => reachable(document), true);

// A session that ended answers with the sign-in page; show that whole, not inside a panel.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (!new URL(event.detail.xhr.responseURL).pathname.startsWith("/login/")) return;
  event.detail.shouldSwap = false;
  location.reload();
});
