// Looking up what was observed at a time. Series are sorted by time; a gap answers nothing.

// Returns the index of the last value that is not after t, or -1.
export function indexAt(times, t_s) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t_s) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// Returns the index of the observation whose span holds t, or -1 within a gap.
export function observedAt(readings, t_s) {
  const index = indexAt(readings.t_start_s, t_s);
  return index >= 0 && t_s <= readings.t_end_s[index] ? index : -1;
}

// Returns the row (each starts with its time) nearest before t, or null where it is older than age_s.
export function rowAt(rows, t_s, age_s) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle][0] <= t_s + 1e-3) low = middle + 1;
    else high = middle;
  }
  const row = rows[low - 1];
  return row !== undefined && t_s - row[0] <= age_s ? row : null;
}
