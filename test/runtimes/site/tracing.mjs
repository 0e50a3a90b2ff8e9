/** The longest task of a page's main thread, by the tracing API. */

/**
 * Measures the longest task during an action, in milliseconds: by the clock, which also counts other processes, and by the thread's
 * time.
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
