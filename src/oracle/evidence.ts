/** How much recorded numbers speak for a mistake: whether it predicts them, and in how many bits. */
import type { Floats } from '../../spec/arithmetic.ts';
import { gridOf, largest, medianOf, roundTo, ulpOf } from '../engine/rounding.ts';
import type { Ball } from '../engine/stage.ts';
import { isOff, type JudgedPiece } from './judge.ts';

/** Whether a number has at most `bits` significant bits, as in binary16 or bfloat16. */
export const isOfFormat = (value: number, bits: number): boolean => roundTo(value, bits) === value;

/**
 * The evidence in bits that an explanation needs: `leastBits`, plus log₂ of the number of possible mistakes (at least
 * `fewRivals`). A mistake that already explains another stage needs only `leastBitsAgain`.
 */
export const leastBits = 5;
export const fewRivals = 32;
export const leastBitsAgain = 2;

/**
 * Limits of an explanation: the share of wrong numbers that it may miss, and the share of all numbers that may contradict it.
 */
const mostMissed = 0.1;
const mostMisfits = 0.001;

/** The largest share of all numbers that an explanation may leave open. */
const mostOpen = 0.25;

/** The least and the greatest of some quotients. */
export class Quotients {
  least = Infinity;
  most = -Infinity;

  /** @param slack how far the quotient may be off */
  add(quotient: number, slack = 0): void {
    this.least = Math.min(this.least, quotient + slack);
    this.most = Math.max(this.most, quotient - slack);
  }

  /** Whether all are one finite number, within rounding. */
  get areOne(): boolean {
    return Number.isFinite(this.least) && this.most - this.least < 2 ** -12 * Math.abs(this.least);
  }
}

/** Counts wrong and predicted numbers, and their evidence in bits. */
export class Evidence {
  predicted = 0;
  /** `#all`: how many numbers the differing arrays have. `#wrong`: how many of these numbers are wrong. */
  #all = 0;
  #wrong = 0;
  /** How many wrong numbers the mistake leaves open or does not reproduce. */
  #missed = 0;
  /** How many numbers of the differing arrays the mistake leaves open, right numbers included. */
  #open = 0;
  /** How many numbers the mistake does not reproduce, counted over all arrays of the stage. */
  #misfits = 0;
  /** Wrong numbers for which the bounds of the prediction include 0. */
  #vague = 0;
  /** The evidence from numbers, in bits. */
  #bits = 0;
  /** How many of the predicted numbers are binary decisions. */
  #decisions = 0;
  /** Wrong numbers that differ only in their sign: their count, their evidence in bits, their least and greatest magnitudes. */
  readonly #flips = { count: 0, bits: 0, least: Infinity, most: 0 };
  /** The quotients of wrong and right numbers, and the greatest evidence of one number in bits. */
  readonly #factors = new Quotients();
  #most = 0;
  /**
   * `#coarse`: wrong numbers that fit a format with three bits less. `#finer`: wrong numbers for which the format is finer than
   * the array's grid.
   */
  #coarse = 0;
  #finer = 0;

  /** @param format the significant bits, if the mistake is a number format */
  constructor(readonly format: number | undefined) {}

  add(mistaken: Ball, { ball: right, got, base }: JudgedPiece, isWrong: boolean): void {
    const size = typicalSize(mistaken.v, right.v, base);
    const grid = this.format === undefined ? 0 : 2 ** gridOf(got);
    for (let i = 0; i < got.length; i++) {
      const [m, r, from] = [mistaken.v[i], mistaken.r?.[i] ?? 0, base?.[i] ?? 0];
      // A number format is recognised by its grid, however wide the bounds of the sums are.
      const apart = Math.abs(m - right.v[i]);
      const isKnown = this.format !== undefined || r < Math.max(size, Math.abs(m - from), apart / 2);
      const isOpen = mistaken.open?.[i] === 1 || !isKnown;
      // A 0 is not rounded, so it must lie within the bounds themselves.
      const isHeld = isOpen || !isOff(got[i], m, got[i] === 0 ? r : 2 * r);
      if (!isHeld) this.#misfits++;
      // An array that agrees can only contradict the mistake.
      if (!isWrong) continue;
      this.#all++;
      // An uncertainty that the right stage shares does not count against the mistake.
      if (isOpen && (mistaken.open?.[i] === 1 || r > 4 * (right.r?.[i] ?? 0))) this.#open++;
      if (!isOff(got[i], right.v[i], right.r?.[i] ?? 0)) continue;
      // A right number on the grid of the format is no evidence for the format.
      if (this.format !== undefined && isOfFormat(right.v[i], this.format)) continue;
      this.#wrong++;
      if (!isHeld || isOpen) this.#missed++;
      else this.#predict(m - from, right.v[i] - from, got[i] - from, r, size);
      if (this.format === undefined || got[i] === 0) continue;
      if (isOfFormat(got[i], this.format - 3)) this.#coarse++;
      if (ulpOf(got[i]) * 2 ** (24 - this.format) < grid) this.#finer++;
    }
  }

  /** Adds a wrong number that the mistake predicts. All values are differences from the base. */
  #predict(mistaken: number, plain: number, got: number, r: number, size: number): void {
    // 0 is on every grid, so it is no evidence. By chance, other numbers are rarely on the grid.
    if (this.format !== undefined) {
      if (got === 0) return;
      this.predicted++;
      this.#bits += Math.max(0, 24 - this.format) / 2;
      return;
    }
    const apart = Math.abs(mistaken - plain);
    const scale = Math.max(apart, Math.abs(mistaken)) || size;
    if (!(apart > 2 * r) || !(r < scale / 2)) return;
    // A number that may be 0 within its bounds fits many mistakes.
    if (mistaken !== 0 && Math.abs(mistaken) <= 2 * r) return void this.#vague++;
    this.predicted++;
    // If the mistake changes a number only a little, the evidence is the size of that change.
    const most = mistaken === 0 && apart !== 1 ? 4 : 24; // many mistakes make a 0
    const worth = Math.min(most, Math.log2((apart <= 2 ** -10 * scale ? apart : scale) / r));
    if (apart === 1 && mistaken * plain === 0) this.#decisions++;
    else if (Math.abs(mistaken + plain) > 2 ** -10 * scale) this.#bits += worth;
    else {
      const flips = this.#flips;
      flips.count++;
      flips.bits += worth;
      flips.least = Math.min(flips.least, Math.abs(mistaken));
      flips.most = Math.max(flips.most, Math.abs(mistaken));
    }
    this.#factors.add(got / plain);
    this.#most = Math.max(this.#most, worth);
  }

  /** Whether further samples can still make the mistake an explanation. */
  isPossible(): boolean {
    const most = Math.max(2, 2 * mostMisfits * this.#all, 0.5 * this.#wrong);
    return this.#wrong === 0 || (2 * this.predicted >= this.#wrong && this.#misfits <= most);
  }

  /** Whether the mistake is an explanation with at least `least` bits of evidence. */
  isWorth(least: number): boolean {
    const [all, wrong] = [this.#all, this.#wrong];
    if (wrong === 0 || 2 * this.predicted < wrong || 3 * this.#vague > this.predicted) return false;
    if (this.#missed > mostMissed * wrong) return false;
    // Fewer than four wrong numbers may all be coarse by chance.
    if ((wrong >= 4 && this.#coarse === wrong) || this.#finer > Math.max(8, mostMissed * wrong)) return false;
    if (this.#misfits > mostMisfits * all || this.#open > mostOpen * all) return false;
    return this.#worth() >= least;
  }

  #worth(): number {
    const [flips, factors] = [this.#flips, this.#factors];
    // If all flipped numbers have one magnitude, each flip counts as a binary decision. Otherwise, each flipped number is
    // evidence.
    const isOneSize = flips.least >= (1 - 2 ** -10) * flips.most;
    const decisions = this.#decisions + (isOneSize ? flips.count : 0);
    // Few mistakes multiply all numbers by a factor so near 1.
    const isNearOne = Math.abs(factors.most - 1) < 2 ** -10;
    if (decisions === 0 && factors.areOne)
      return this.#most + (isNearOne ? Math.log2(fewRivals * Math.sqrt(this.predicted)) : 0);
    // If few of many numbers are wrong, the choice of these few is also evidence.
    const choice = Math.max(decisions, bitsOfChoice(this.#all, decisions));
    return this.#bits + (isOneSize ? 0 : flips.bits) + choice;
  }
}

/** The typical magnitude of the numbers with the mistake or, if these are all 0, of the right ones. */
function typicalSize(mistaken: Floats, right: Floats, base: Floats | undefined): number {
  const of = (values: Floats): Floats => (base ? values.map((value, i) => value - base[i]) : values);
  return medianOf(of(mistaken)) || medianOf(of(right)) || largest(right) || 2 ** -64;
}

/** log₂ of the number of ways to choose `chosen` of `all` numbers. */
export function bitsOfChoice(all: number, chosen: number): number {
  let bits = 0;
  for (let k = 0; k < chosen; k++) bits += Math.log2((all - k) / (chosen - k));
  return bits;
}
