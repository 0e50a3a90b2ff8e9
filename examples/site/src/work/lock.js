/** Allows one training at a time in all tabs of a browser, since they share one store. */
const name = 'asf-bp training';

/** Whether another tab trains; false if the browser has no locks. */
export async function isElsewhere(isOwn) {
  if (isOwn || !navigator.locks) return false;
  const { held } = await navigator.locks.query();
  return held.some((lock) => lock.name === name);
}

/** Runs `act` under the lock, or `refused` if another tab holds it. */
export function alone(act, refused) {
  if (!navigator.locks) return act();
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? act() : refused()));
}
