// Rows of a question list: add with Enter, move with Alt and an arrow or a press, remove. What is
// sent are the rows in their order; the server checks and says which one cannot be kept.

const editor = document.querySelector("[data-question-editor]");
const rows = editor.querySelector("[data-rows]");
const most = Number(editor.dataset.most);

const rowOf = (element) => element.closest("[data-row]");
const place = (row) => [...rows.children].indexOf(row) + 1;

function say(text) {
  editor.querySelector("[data-said]").textContent = text;
}

function write(row) {
  row.querySelector("textarea").focus();
}

function add(after) {
  if (rows.children.length >= most) {
    say(editor.dataset.full);
    return;
  }
  const row = document.getElementById("question-row").content.firstElementChild.cloneNode(true);
  if (after) after.after(row);
  else rows.append(row);
  write(row);
  say(`${editor.dataset.added} ${place(row)}`);
}

function move(row, step) {
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (step < 0) other.before(row);
  else other.after(row);
  say(`${editor.dataset.moved} ${place(row)}`);
}

function remove(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  if (next) write(next);
  else add(null);
  say(editor.dataset.removed);
}

editor.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("add" in button.dataset) add(null);
  else if ("remove" in button.dataset) remove(rowOf(button));
  else if (button.dataset.move) {
    move(rowOf(button), Number(button.dataset.move));
    button.focus();
  }
});

rows.addEventListener("keydown", (event) => {
  const row = rowOf(event.target);
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    move(row, event.key === "ArrowUp" ? -1 : 1);
    event.target.focus();
  } else if (event.key === "Enter" && event.target.matches("textarea") && !event.isComposing) {
    event.preventDefault();
    add(row);
  }
});

// A pasted text of several lines becomes several questions.
rows.addEventListener("paste", (event) => {
  const lines = event.clipboardData.getData("text").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  if (lines.length < 2 || !event.target.matches("textarea")) return;
  event.preventDefault();
  let row = rowOf(event.target);
  lines.forEach((line, n) => {
    if (n > 0 || event.target.value !== "") {
      add(row);
      row = rowOf(document.activeElement);
    }
    row.querySelector("textarea").value = line;
  });
});
