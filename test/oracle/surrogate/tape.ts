/** Automatic differentiation, number by number, as in a framework. It uses no equation of a backward pass. */

/** How a number is rounded: to binary32, or not at all. */
type Round = (value: number) => number;

export interface Cell {
  readonly value: number;
  readonly at: number;
}

export class Tape {
  readonly round: Round;
  readonly #random: () => number;
  readonly #back: (() => void)[] = [];
  readonly #gradients: number[] = [];

  /** @param random draws the order in which each sum is added */
  constructor(round: Round, random: () => number) {
    this.round = round;
    this.#random = random;
  }

  /** Adds a number to the graph. Each parent receives the gradient of the number times a slope. */
  made(value: number, parents: readonly (readonly [Cell, number])[] = []): Cell {
    const at = this.#gradients.length;
    this.#gradients.push(0);
    this.#back.push(() => {
      const gradient = this.#gradients[at];
      if (gradient === 0) return;
      for (const [parent, slope] of parents)
        this.#gradients[parent.at] = this.round(this.#gradients[parent.at] + this.round(gradient * slope));
    });
    return { value: this.round(value), at };
  }

  constant = (value: number): Cell => this.made(value);
  add = (a: Cell, b: Cell): Cell => this.made(a.value + b.value, [[a, 1], [b, 1]]); // prettier-ignore
  less = (a: Cell, b: Cell): Cell => this.made(a.value - b.value, [[a, 1], [b, -1]]); // prettier-ignore
  times = (a: Cell, b: Cell): Cell => this.made(a.value * b.value, [[a, b.value], [b, a.value]]); // prettier-ignore
  scaled = (a: Cell, by: number): Cell => this.made(a.value * this.round(by), [[a, this.round(by)]]);
  shifted = (a: Cell, by: number): Cell => this.made(a.value + this.round(by), [[a, 1]]);
  detached = (a: Cell): Cell => this.constant(a.value);

  /** Σ in a random order, rounded after each addition. */
  sum = (cells: readonly Cell[]): Cell => {
    const order = cells.map((cell) => [this.#random(), cell] as const).sort(([a], [b]) => a - b);
    let sum = 0;
    for (const [, cell] of order) sum = this.round(sum + cell.value);
    return this.made(sum, cells.map((cell) => [cell, 1])); // prettier-ignore
  };

  /** Σ w·o, with rounded products or with fused multiply-add. */
  dot(w: readonly Cell[], o: readonly Cell[], isFused: boolean): Cell {
    let sum = 0;
    for (const [k, each] of w.entries()) {
      const product = each.value * o[k].value;
      sum = this.round(sum + (isFused ? product : this.round(product)));
    }
    return this.made(sum, w.flatMap((each, k) => [[each, o[k].value], [o[k], each.value]] as const)); // prettier-ignore
  }

  /** A count of spikes, with the surrogate as its derivative. */
  spike = (y: Cell, spikes: number, slope: number): Cell => this.made(spikes, [[y, this.round(slope)]]);

  /** −log softmax of the label's class. */
  crossEntropy = (z: readonly Cell[], label: number): Cell => {
    const { round } = this;
    const most = Math.max(...z.map(({ value }) => value));
    const powers = z.map(({ value }) => round(Math.exp(round(value - most))));
    const all = powers.reduce((sum, power) => round(sum + power), 0);
    const loss = round(Math.log(all)) - round(z[label].value - most);
    return this.made(loss, z.map((cell, k) => [cell, round(round(powers[k] / all) - (k === label ? 1 : 0))])); // prettier-ignore
  };

  backward(from: Cell): void {
    this.#gradients[from.at] = 1;
    for (let k = from.at; k >= 0; k--) this.#back[k]();
  }

  gradient = ({ at }: Cell): number => this.#gradients[at];
}
