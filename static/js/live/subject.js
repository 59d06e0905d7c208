// Whose face and voice is the applicant's: what the officer chooses goes to the server, and back
// comes who is read, who is only counted, and what is still to be chosen.

import { tokenOf } from "./standing.js";
import { FaceChoice } from "./subject_faces.js";
import { VoiceChoice } from "./subject_voice.js";

const page = document.getElementById("live");
const card = document.getElementById("subject");

// Resolves to the subject as the server keeps it now; an error holds the sentence to show.
async function say(said) {
  const response = await fetch(page.dataset.subjectUrl, {
    method: "PUT",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": tokenOf(document) },
    body: JSON.stringify(said),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error?.message ?? "");
  return answer;
}

function trouble(error) {
  const line = card.querySelector("[data-trouble]");
  line.hidden = error === null;
  if (error) line.querySelector("[data-fill]").textContent = error.message;
}

async function keep(said) {
  try {
    const subject = await say(said);
    trouble(null);
    return subject;
  } catch (error) {
    trouble(error);
    return null;
  }
}

if (card) {
  const parts = [];
  if (card.querySelector("[data-part=face]")) parts.push(new FaceChoice(card, keep));
  if (card.querySelector("[data-part=voice]")) parts.push(new VoiceChoice(card, keep));
  document.addEventListener("live:state", ({ detail }) => parts.forEach((part) => part.show(detail)));
  document.addEventListener("live:ended", () => parts.forEach((part) => part.end()));
}
