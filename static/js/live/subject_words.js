// Of several sentences in the page one is shown; figures are filled in.

export function say(part, name, figures = {}) {
  for (const line of part.querySelectorAll("[data-say]")) {
    const isMeant = line.dataset.say.split(" ").includes(name);
    if (line.hidden === isMeant) line.hidden = !isMeant;
  }
  for (const [key, value] of Object.entries(figures)) {
    for (const place of part.querySelectorAll(`[data-fill=${key}]`)) {
      if (place.textContent !== value) place.textContent = value;
    }
  }
}
