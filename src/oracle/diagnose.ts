/** Diagnosis: which known mistake explains everything that a part was seen to do wrong. */
import type { Balls, Values } from './ball.ts';
import { choicesOf, choicesTogether, setsOf, withChoice, type Choices } from './mistakes/combined.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { isBySample, narrowed } from './narrow.ts';
import type { Part, Setting } from './part.ts';
import { buildParts } from './parts/parts.ts';
import { Suspects, type Trial } from './suspects.ts';

/** What explains a part. */
export interface Explanation {
  /** Of a mistake of the catalogue; of several at once joined by ` + `. */
  readonly id: string;
  readonly says: string;
  /** Where it is another answer to questions of the variant: these. */
  readonly choices?: Choices;
}

/** What a mistake says of a part that differs. */
export interface Diagnosis {
  readonly part: string;
  /** What explains all of the part's arrays entirely; of several, this data does not tell which. */
  readonly explains: readonly Explanation[];
  /** Mistakes that were tried and do not. */
  readonly excluded: readonly string[];
}

/** What a diagnosis starts from. */
export interface Known {
  /** What was given and what was made. */
  readonly base: Balls;
  readonly made: ReadonlyMap<string, Values>;
  /** What the right parts make between these, as far as it was kept. */
  readonly between: Balls;
}

/** A part that is wrong by itself, and the first sample that it is wrong of. */
export interface Wrong {
  readonly part: Part;
  readonly sample: number | undefined;
}

/** At most so many choices together explain a part. */
const mostChoices = 3;

const isWholeVariant = (id: string): boolean => id.startsWith('variant=');
const kindOf = (id: string): string => id.replace(/\.\d+/, '');

/**
 * Diagnoses all parts that are wrong by themselves. What explained one layer is tried first at the others of its stage:
 * only where it does not explain them too, is the rest tried.
 */
export function diagnoseAll(
  wrong: readonly Wrong[],
  parts: readonly Part[],
  setting: Setting,
  known: Known,
  mistakes: readonly Mistake[],
): Diagnosis[] {
  const likely = new Map<string, Mistake[]>();
  const found = wrong.map((each) => {
    const kind = kindOf(each.part.id);
    const first = likely.get(kind) ?? [];
    const trials = new Trials(each, parts, setting, known);
    trials.tryAll(first);
    if (!trials.isExplained()) {
      trials.tryAll(mistakes);
      if (!trials.isExplained()) trials.tryTogether(mistakes);
      likely.set(kind, [...new Set([...first, ...trials.explaining])]);
    }
    return trials.diagnosis();
  });
  return common(found);
}

/** Where something explains all layers of a stage, what explains only some of them is left out. */
function common(diagnoses: readonly Diagnosis[]): Diagnosis[] {
  return diagnoses.map((diagnosis) => {
    const alike = diagnoses.filter(({ part }) => kindOf(part) === kindOf(diagnosis.part));
    const everywhere = diagnosis.explains.filter(({ id }) =>
      alike.every(({ explains }) => explains.some((other) => other.id === id)),
    );
    return everywhere.some(({ id }) => !isWholeVariant(id))
      ? { ...diagnosis, explains: everywhere }
      : diagnosis;
  });
}

/** The mistakes that are tried at one part. */
class Trials {
  readonly explaining: Mistake[] = [];
  private readonly results = new Map<string, Trial>();
  private readonly all: Suspects;
  /** Of the first sample that differs, where samples do not meet. */
  private readonly one: Suspects | undefined;

  private readonly wrong: Wrong;

  constructor(wrong: Wrong, parts: readonly Part[], setting: Setting, known: Known) {
    this.wrong = wrong;
    const { part, sample } = wrong;
    this.all = new Suspects(part.id, parts, setting, known);
    if (sample === undefined || setting.B === 1 || setting.wasMean || !this.all.chain.every(isBySample))
      return;
    const single = { ...setting, B: 1 };
    // A mistake may read other arrays of the layers around it.
    const around = new Set([part.n - 1, part.n, part.n + 1]);
    for (const { n } of this.all.chain)
      around
        .add(n - 1)
        .add(n)
        .add(n + 1);
    const isAsked = (key: string): boolean => {
      const layer = /^layer(\d+)\./.exec(key);
      return !layer || around.has(Number(layer[1]));
    };
    this.one = new Suspects(part.id, buildParts(single), single, narrowed(known, setting, sample, isAsked));
  }

  isExplained(): boolean {
    return this.explaining.some(({ id }) => !isWholeVariant(id));
  }

  tryAll(mistakes: readonly Mistake[]): void {
    for (const mistake of mistakes) this.try(mistake);
  }

  /** Two or three choices at once; else a choice and another mistake. The fewest that explain are enough. */
  tryTogether(mistakes: readonly Mistake[]): void {
    const active = mistakes.filter(({ id }) => this.results.get(id) === 'excluded' && !isWholeVariant(id));
    const choices = active.filter((each) => choicesOf(each));
    for (let size = 2; size <= mostChoices && !this.isExplained(); size++)
      this.tryAll(setsOf(choices, size).map(choicesTogether));
    if (this.isExplained()) return;
    const others = active.filter((each) => !choicesOf(each));
    this.tryAll(choices.flatMap((choice) => others.map((other) => withChoice(choice, other))));
  }

  private try(mistake: Mistake): void {
    if (this.results.has(mistake.id)) return;
    const quick = this.one?.try(mistake) ?? 'explains';
    const result = quick === 'explains' ? this.all.try(mistake) : quick;
    this.results.set(mistake.id, result);
    if (result === 'explains') this.explaining.push(mistake);
  }

  diagnosis(): Diagnosis {
    return {
      part: this.wrong.part.id,
      explains: this.explaining.map(explanationOf),
      excluded: [...this.results].filter(([, result]) => isExcluded(result)).map(([id]) => id),
    };
  }
}

const isExcluded = (result: Trial): boolean => result === 'excluded' || result === 'idle';

function explanationOf({ id, says }: Mistake): Explanation {
  const answers = id.split(' + ').map((each) => choicesOf({ id: each }));
  const choices = answers.every(Boolean) ? (Object.assign({}, ...answers) as Choices) : undefined;
  return { id, says, ...(choices && { choices }) };
}
