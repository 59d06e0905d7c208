// Times and shares as the session page writes them.

const language = document.documentElement.lang || "en";
const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
const signed = new Intl.NumberFormat(language, { signDisplay: "exceptZero", minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const percent = (value) => share.format(value);
export const signedNumber = (value) => signed.format(value).replace("-", "\u2212");

export function clockTime(t_s, tenths = true) {
  const minutes = Math.floor(t_s / 60);
  const seconds = t_s - minutes * 60;
  const shown = tenths ? (Math.floor(seconds * 10) / 10).toFixed(1).padStart(4, "0") : String(Math.floor(seconds)).padStart(2, "0");
  return `${minutes}:${shown}`;
}
