import { checkNumber, checkWhole, refuse, show } from '../errors.ts';
import { checkRecord, limits } from '../network/check.ts';
import type { EpochRecord } from '../train/epochRecord.ts';

/** Checks the records of epochs, given as plain data. */
export function checkEpochs(where: string, given: unknown): EpochRecord[] {
  if (!Array.isArray(given)) refuse(where, 'epochs', 'a list', given);
  const numbers = ['epoch', 'loss', 'accuracy', 'imagesPerSecond'];
  return Array.from(given, (record: unknown) => {
    const known = [...numbers, 'validation', 'spikeRates', 'S'];
    const { spikeRates, S, validation = 0, ...measured } = checkRecord(where, 'epochs', record, known);
    for (const name of numbers) checkNumber(where, `epochs.${name}`, measured[name]);
    checkNumber(where, 'epochs.accuracy', measured['accuracy'], { low: 0, high: 1 });
    checkNumber(where, 'epochs.validation', validation, { low: 0, high: 1 });
    checkByLayer(where, 'spikeRates', spikeRates);
    if (S !== undefined) checkByLayer(where, 'S', S);
    return record as EpochRecord; // every field is checked
  });
}

/** Checks a record of one number per layer. */
function checkByLayer(where: string, what: string, given: unknown): void {
  const numbers = checkRecord(where, what, given);
  checkWhole(where, `layers of ${what}`, Object.keys(numbers).length, 0, limits.layers);
  for (const [name, value] of Object.entries(numbers)) checkNumber(where, `${what}.${show(name)}`, value);
}
