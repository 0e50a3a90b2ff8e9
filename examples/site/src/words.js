/** The printed form of a name of the library. */
export const wordOf = (name) =>
  ({ averagePool: 'average pool', maxPool: 'maximum pool', linear: 'fully connected' })[name] ??
  name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);

/** `1 averagePool` → `1 average pool`. */
export const layerWords = (key) => {
  const [n, name] = key.split(' ');
  return `${n} ${wordOf(name)}`;
};

/** `a 7`, `an 8`. */
export const digitWords = (label) => `${[8, 11, 18].includes(label) ? 'an' : 'a'} ${label}`;

/** A count with what is counted: `1 layer`, `2 layers`, `2 classes`. */
export const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

/** A number with a typographic minus, but without one before 0. */
export const signed = (value, digits) =>
  value
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, '')
    .replace('-', '−');

export const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Seconds in words: `40 s`, `5 min`. */
export const durationWords = (seconds) =>
  seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** A number of bytes in words: `1.2 MB`. */
export const bytes = (count) =>
  count < 1e6 ? `${(count / 1e3).toFixed(0)} KB` : `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
