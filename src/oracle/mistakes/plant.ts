/** Planting: a mistake in the place of a part. */
import { settingOf, type StagePart, type Setting } from '../stagePart.ts';
import { buildParts } from '../parts/parts.ts';
import type { Change, Fit, Make, Mistake } from './mistake.ts';

/** The part with the mistake; none where the mistake does not concern it. */
export function plant(mistake: Mistake, part: StagePart, setting: Setting): StagePart | undefined {
  if (!mistake.stages.includes(part.stage)) return undefined;
  if (mistake.concerns && !mistake.concerns(part, setting)) return undefined;
  return mistake.plant(part, makeWith(setting, part), setting);
}

/** What a mistake says of the number that is fitted to a part. */
export const foundBy = (mistake: Mistake, part: StagePart, fit: Fit): string | undefined =>
  mistake.found?.(part, makeWith(fit.setting, part), fit);

/** Builds the same part of a changed step. */
function makeWith(setting: Setting, { id }: StagePart): Make {
  return (change) => changedParts(setting, change).find((part) => part.id === id);
}

function changedParts(setting: Setting, { variant, semantics, ...rest }: Change): StagePart[] {
  const changed = {
    ...setting,
    ...rest,
    variant: { ...setting.variant, ...variant },
    semantics: { ...setting.semantics, ...semantics },
  };
  // The same network, so that what a mistake makes of its layers is made once.
  return buildParts(variant || rest.description ? settingOf(changed) : changed);
}
