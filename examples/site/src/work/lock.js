/** Allows one training at a time in all tabs of a browser, because they share one store. */
const name = 'asf-bp training';

/** Whether another tab is training; false if the browser has no locks. */
export async function isElsewhere(isOwn) {
  if (isOwn || !navigator.locks) return false;
  const { held } = await navigator.locks.query();
  return held.some((lock) => lock.name === name);
}

/** Runs `act` with the lock, or `refused` if another tab has it. */
export function alone(act, refused) {
  if (!navigator.locks) return act();
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? act() : refused()));
}
