/** One training at a time in all tabs of a browser, since they keep it in one place. */
const name = 'asf-bp training';

/** Whether another tab trains. Where a browser has no locks, no. */
export async function isElsewhere(isOwn) {
  if (isOwn || !navigator.locks) return false;
  const { held } = await navigator.locks.query();
  return held.some((lock) => lock.name === name);
}

/** Runs something alone; `refused` where another tab does. */
export function alone(act, refused) {
  if (!navigator.locks) return act();
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? act() : refused()));
}
