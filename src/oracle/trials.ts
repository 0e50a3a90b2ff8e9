/** The mistakes that are tried at one wrong part: at a few numbers, or at a sample, first; then at all. */
import type { Diagnosis, Explanation, Known, Wrong } from './diagnosis.ts';
import { neededParts } from './chain.ts';
import {
  choicesOf,
  choicesTogether,
  setsOf,
  otherResets,
  withChoice,
  type Choices,
} from './mistakes/combined.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { cropOf, croppedKnown, narrowed } from './narrow.ts';
import { isBySample, type StagePart, type Setting } from './stagePart.ts';
import { buildParts } from './parts/parts.ts';
import type { Evidence } from './evidence.ts';
import { MistakeTrial, type Trial } from './mistakeTrial.ts';

/** At most so many choices together explain a part. */
const mostChoices = 3;

/** Multiplications that trying several at once at one part may take, as if all bounds were made: some tens of seconds. */
const mostWork = 2e9;

export const isWholeVariant = (id: string): boolean => id.startsWith('variant=');

export class Trials {
  /** What explains the part, the one that predicts most first. What only holds the numbers gives way to what comes close to them. */
  explaining: readonly ({ readonly mistake: Mistake } & Evidence)[] = [];
  private readonly results = new Map<string, Trial>();
  /** At a few numbers, or at a sample, where these can be made alone; else, as `whole`, at all. Each is made when it is asked for. */
  private readonly few: () => MistakeTrial;
  private readonly whole: () => MistakeTrial;
  private readonly wrong: Omit<Wrong, 'doubtful'>;
  private readonly isCropped: boolean;
  private readonly rivals: number | undefined;
  private work = 0;

  /** @param mistakes all that could be named */
  constructor(
    wrong: Omit<Wrong, 'doubtful'>,
    setting: Setting,
    known: Known,
    mistakes: readonly Mistake[] = [],
  ) {
    this.wrong = wrong;
    const { part, sample } = wrong;
    const chain = neededParts(buildParts(setting), part.outputs, new Set(known.base.keys()));
    const fitting = mistakes.filter(({ stages }) => chain.some(({ stage }) => stages.includes(stage)));
    this.rivals = fitting.length || undefined;
    const isBySamples = chain.every(isBySample);
    // The weights of a gradient are summed over the batch, and yet each of them by itself.
    const isCropped = isBySamples || part.outputs[0].endsWith('.dw');
    const crop = isCropped ? cropOf(part, setting, wrong.places, chain) : undefined;
    const most = isBySamples ? { ...setting, B: 1, wholeB: setting.B } : setting;
    const fewKnown = (): Known => {
      const samples = isBySamples ? { from: sample, count: 1 } : { from: 0, count: setting.B };
      const its = narrowed(known, setting, samples, around(chain, setting));
      return crop ? croppedKnown(its, most, crop) : its;
    };
    this.isCropped = crop !== undefined;
    this.whole = once(() => new MistakeTrial(part.id, setting, known));
    this.few =
      isBySamples || crop ? once(() => new MistakeTrial(part.id, { ...most, crop }, fewKnown())) : this.whole;
  }

  isExplained(): boolean {
    return this.explaining.some(({ mistake }) => !isWholeVariant(mistake.id));
  }

  /** @param isAgain whether they explain another part already: that they explain this one too takes less to be said */
  tryAll(mistakes: readonly Mistake[], tried: () => void, isAgain = false): void {
    for (const mistake of mistakes) {
      this.try(mistake, isAgain);
      tried();
    }
  }

  /** Two or three choices at once; else a choice and another mistake. The fewest that explain are enough. */
  tryTogether(mistakes: readonly Mistake[], tried: () => void): void {
    const active = mistakes.filter(({ id }) => this.results.get(id) === 'excluded' && !isWholeVariant(id));
    const choices = active.filter((each) => choicesOf(each));
    for (let size = 2; size <= mostChoices && !this.isExplained(); size++)
      this.tryAll(setsOf(choices, size).map(choicesTogether).filter(this.isAffordable), tried);
    if (this.isExplained()) return;
    const others = active.filter((each) => !choicesOf(each) && !each.isFitted);
    const pairs = choices.flatMap((choice) => others.map((other) => withChoice(choice, other)));
    this.tryAll(pairs.filter(this.isAffordable), tried);
  }

  /** Whether there is work left for it, at a few numbers. */
  private readonly isAffordable = (mistake: Mistake): boolean => {
    this.work += this.few().workFor(mistake);
    return this.work <= mostWork;
  };

  private try(mistake: Mistake, isAgain: boolean): void {
    if (this.results.has(mistake.id)) return;
    const result = this.resultOf(mistake, isAgain);
    this.results.set(mistake.id, result);
    if (typeof result !== 'object') return;
    const found = [...this.explaining, { mistake, ...result }].sort((a, b) => b.predicted - a.predicted);
    const close = found.filter(({ isClose }) => isClose);
    this.explaining = close.length > 0 ? close : found;
  }

  /**
   * Leaves out what parts that are right contradict: a choice, which is made once for all parts, and a mistake in a part that
   * both are made of, always; a mistake that may be in some parts only, as long as something is left.
   */
  drop(witnesses: readonly Trials[]): void {
    const isRefuted = ({ mistake }: { mistake: Mistake }): boolean => {
      const among = isChoice(mistake) ? undefined : this.few().concerned(mistake);
      return witnesses.some((witness) => witness.contradict(mistake, among));
    };
    this.explaining = this.explaining.filter((each) => !isRefuted(each));
    if (this.explaining.length < 2) return;
    const left = this.explaining.filter(
      ({ mistake }) => !witnesses.some((witness) => witness.contradict(mistake)),
    );
    if (left.some(({ mistake }) => !isWholeVariant(mistake.id))) this.explaining = left;
  }

  /** Whether a few numbers of the part, which is right, are not what a mistake makes. */
  private contradict(mistake: Mistake, among?: ReadonlySet<string>): boolean {
    return (mistake.isOfAll ? this.whole : this.few)().contradict(mistake, among);
  }

  private resultOf(mistake: Mistake, isAgain: boolean): Trial {
    const claim = { isAgain, rivals: this.rivals };
    if (!mistake.isOfAll) {
      const result = this.few().try(mistake, claim);
      // What changes nothing in a few numbers may change others.
      if (result === 'idle' && this.isCropped) return 'excluded';
      if (typeof result !== 'object' || this.few === this.whole) return result;
    }
    return this.whole().try(mistake, claim);
  }

  /** @param isKey whether something between the parts is an array that can be supplied */
  diagnosis(isKey: (key: string) => boolean): Diagnosis {
    const [one, other] = this.explaining.filter(({ mistake }) => !isWholeVariant(mistake.id));
    const toldApartBy = other && this.whole().tellingKey(one.mistake, other.mistake, isKey);
    return {
      part: this.wrong.part.id,
      explains: this.explaining.map(({ mistake }) => explanationOf(mistake, this.whole().found(mistake))),
      ...(toldApartBy !== undefined && { toldApartBy }),
      excluded: [...this.results].filter(([, result]) => isExcluded(result)).map(([id]) => id),
      isCutShort: this.work > mostWork,
    };
  }
}

const isExcluded = (result: Trial): boolean => result === 'excluded' || result === 'idle';

/** Keys of the layers of a chain and of those beside them, whose arrays a mistake may read; beside the loss is the output layer. */
function around(chain: readonly StagePart[], { network }: Setting): (key: string) => boolean {
  const layers = new Set(
    chain.flatMap(({ stage, n }) => (stage === 'loss' ? [network.layers.length] : [n - 1, n, n + 1])),
  );
  return (key) => {
    const layer = /^layer(\d+)\./.exec(key);
    return !layer || layers.has(Number(layer[1]));
  };
}

/** Whether it is an answer, or several, to questions that are asked once for all parts. */
const isChoice = ({ id }: Mistake): boolean =>
  isWholeVariant(id) || id.split(' + ').every((each) => choicesOf({ id: each }));

function explanationOf({ id, says }: Mistake, found: string | undefined): Explanation {
  const answers = id.split(' + ').map((each) => choicesOf({ id: each }) ?? otherResets[each]);
  const choices: Choices | undefined = answers.every(Boolean) ? Object.assign({}, ...answers) : undefined;
  return { id, says: found === undefined ? says : `${says} ${found}`, ...(choices && { choices }) };
}

function once<V>(make: () => V): () => V {
  let made: { readonly value: V } | undefined;
  return () => (made ??= { value: make() }).value;
}
