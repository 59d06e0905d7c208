// Who is signed in now: asked anew of the page itself after the server no longer knew the officer.

// Returns {officer, token}; null while nobody is signed in or the server cannot be reached. Once the
// capture has ended the page leads elsewhere: then ``officer`` is null.
export async function standing() {
  try {
    const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!response.ok || new URL(response.url).pathname.startsWith("/login/")) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return { officer: page.getElementById("live")?.dataset.officer ?? null, token: tokenOf(page) };
  } catch {
    return null;
  }
}

export function tokenOf(page) {
  return JSON.parse(page.body.getAttribute("hx-headers"))["X-CSRFToken"];
}
