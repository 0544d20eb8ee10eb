// Numbers and times as people read them.

const NBSP = "\u00a0";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 39760 → "39,760". */
export function count(n) {
  return whole.format(n);
}

/** (1, "run") → "1 run", (2, "run") → "2 runs". */
export function plural(n, noun) {
  return `${count(n)}${NBSP}${noun}${n === 1 ? "" : "s"}`;
}

/** 0.9690 → "96.9 %"; an accuracy that is not there yet → "–". Only all of it is 100 %: 0.9999 → ">99.9 %". */
export function percent(share, digits = 1) {
  if (share === null || share === undefined) return "–";
  const unit = 10 ** -digits;
  if (share < 1 && 100 - 100 * share <= unit / 2) return `>${(100 - unit).toFixed(digits)}${NBSP}%`;
  return `${(100 * share).toFixed(digits)}${NBSP}%`;
}

/** A loss with about three figures that matter: 2.303, 0.0821, 1.2e+5. */
export function loss(value) {
  if (value === null || !Number.isFinite(value)) return "not a number";
  const size = Math.abs(value);
  if (size >= 10000 || (size < 0.0001 && size > 0)) return value.toExponential(1);
  return size >= 100 ? value.toFixed(0) : size >= 0.1 ? value.toFixed(3) : value.toFixed(4);
}

/** Seconds as "12 s", "2 min", "3 h 10 min". */
export function duration(seconds) {
  if (seconds < 1) return `under 1${NBSP}s`;
  if (seconds < 99.5) return `${Math.round(seconds)}${NBSP}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes}${NBSP}min`;
  return `${Math.floor(minutes / 60)}${NBSP}h ${minutes % 60}${NBSP}min`;
}

/** Bytes as "14 MB". */
export function bytes(n) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 999.5 && unit < units.length - 1) {
    n /= 1000;
    unit += 1;
  }
  return `${n < 10 && unit > 1 ? n.toFixed(1) : Math.round(n)}${NBSP}${units[unit]}`;
}

/** An ISO time as "14:05" today and "3 Mar, 14:05" before. */
export function moment(iso) {
  if (!iso) return "–";
  const date = new Date(iso);
  const time = { hour: "2-digit", minute: "2-digit", hour12: false };
  if (date.toDateString() === new Date().toDateString()) return date.toLocaleTimeString("en-GB", time);
  return date.toLocaleString("en-GB", { day: "numeric", month: "short", ...time });
}

/** The layers of a network: [50] → "784 → 50 → 10", with 10 classes. */
export function shape(hidden, classes = 10) {
  return [784, ...hidden, classes].join(" → ");
}

/** The name of a class with its article: "a 7", "an 8", "an Ankle boot". */
export function withArticle(name) {
  return `${/^[8aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}
