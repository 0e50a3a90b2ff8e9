/**
 * The worker, which computes and stores everything, so that the page stays responsive. Messages are { id, kind, … }. Answers have the id
 * and either `done` or `error`. A training also sends { progress }.
 */
import { InputError } from 'asf-bp';
import { takeFiles } from './work/digits.js';
import { answering, earlier, teach, use } from './work/hand.js';
import { exampleGraph, openGraph, readGraph, runGraph } from './work/graph.js';
import { look, neuron } from './work/look.js';
import { race, stopRace } from './work/race.js';
import { answer, ask, drop, open, resume, save, start, waiting } from './work/training.js';

const kinds = {
  earlier,
  look: async ({ image, known }) => look(await answering(known), image),
  neuron,
  teach,
  tiny: () => use(undefined),
  exampleGraph,
  openGraph,
  readGraph,
  runGraph,
  race,
  stopRace,
  waiting,
  start,
  resume,
  pause: () => ask('pause'),
  stop: () => ask('stop'),
  forget: drop,
  save,
  open,
  answer,
  files: ({ files }) => takeFiles(files),
};

addEventListener('message', async ({ data: { id, kind, ...asked } }) => {
  try {
    const done = await kinds[kind](asked, (progress) => postMessage({ id, progress }));
    postMessage({ id, done });
  } catch (error) {
    const isKnown = error instanceof InputError || error.name === 'DeviceLost';
    postMessage({ id, error: isKnown ? error.message : `something broke: ${error.message}` });
  }
});
