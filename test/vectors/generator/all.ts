/** The functions that `npm run vectors` calls. */
export { fixedSet, fullEpochs, fullSet, smallEpochs, smallSet } from './cases.ts';
export { makeSet, recordVersions, versionsFile } from './set.ts';
