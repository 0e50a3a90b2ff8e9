/** The worker that checks training steps. It is loaded with the first step, so that the rest of the page does not wait for it. */
import { InputError } from 'asf-bp/errors';
import { checkStep, pictureOf, plantStep } from './work/step.js';

const kinds = { checkStep, plantStep, pictureOf };
/** Milliseconds between two messages of progress. */
const pause = 100;

addEventListener('message', async ({ data: { id, kind, ...asked } }) => {
  let told = 0;
  const tell = (progress) => {
    const now = performance.now();
    if (now - told < pause) return;
    told = now;
    postMessage({ id, progress });
  };
  try {
    postMessage({ id, done: await kinds[kind](asked, tell) });
  } catch (error) {
    const isKnown = error instanceof InputError;
    postMessage({ id, error: isKnown ? error.message : `something broke: ${error.message}` });
  }
});
