/** The longest task of a page's main thread, by the tracing API. */

/**
 * Milliseconds while something is done: by the clock, which counts what other processes take away, and of the thread's own
 * work.
 */
export async function longestTask(page, act) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
  const found = await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const main = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const isMain = ({ pid, tid }) => main.some((thread) => thread.pid === pid && thread.tid === tid);
  const tasks = traceEvents.filter(
    (event) => event.name.endsWith('RunTask') && event.ph === 'X' && isMain(event),
  );
  if (tasks.length < 100)
    throw new Error(`expected the trace of a page that lives, got ${tasks.length} tasks`);
  const most = (key) => tasks.reduce((longest, task) => Math.max(longest, task[key] ?? 0), 0) / 1000;
  return { found, wall: most('dur'), own: most('tdur') };
}
