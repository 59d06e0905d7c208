// The browser's own databases: a request as a promise, and a database that is made where it is not.

export const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

// ``make`` gets a database that was not there before, to make its stores.
export function opened(name, make) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => make(opening.result);
  return done(opening);
}
