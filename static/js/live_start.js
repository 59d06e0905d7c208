// The start of a live recording: shows the lists that fit its kind, and the field for own questions.

const form = document.getElementById("live-start");

const chosen = (name) => form.querySelector(`input[name=${name}]:checked`);

// Lists are for interviews or for voice answers; a walk is seldom asked anything.
function fits(choice, kind) {
  const modes = choice.dataset.mode.split(" ").filter(Boolean);
  return modes.length === 0 || modes.includes(kind);
}

function show() {
  const kind = chosen("kind")?.value;
  for (const choice of form.querySelectorAll(".list-choice")) choice.hidden = !fits(choice, kind);
  const still = chosen("chosen");
  if (!still || still.closest(".list-choice").hidden) {
    const fitting = [...form.querySelectorAll(".list-choice")].find((choice) => !choice.hidden && (kind !== "walk" || choice.querySelector("#list-none")));
    fitting.querySelector("input").checked = true;
  }
  form.querySelector("[data-own]").hidden = chosen("chosen").value !== "own";
}

if (form) {
  form.addEventListener("change", show);
  show();
}
