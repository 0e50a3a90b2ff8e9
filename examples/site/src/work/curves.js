/** Curves of a run, one column per quantity. Old points are thinned out, so that memory is limited. */
const most = 800;

export class Curves {
  /** Columns: epochs, loss, training accuracy, test accuracy, then S and the spike rate of each layer. */
  columns;
  layers;

  constructor({ plan }, epochs = []) {
    this.layers = plan.layers.filter((layer) => layer.spikes).map(({ n, kind }) => `${n} ${kind.name}`);
    this.columns = Array.from({ length: 4 + 2 * this.layers.length }, () => []);
    for (const { epoch, loss, accuracy, S = {}, spikeRates } of epochs)
      this.add({
        x: epoch,
        loss,
        right: undefined,
        accuracy,
        S: Object.values(S),
        rates: Object.values(spikeRates),
      });
  }

  add({ x, loss, right, accuracy, S, rates }) {
    const count = this.layers.length;
    const byLayer = (values) => Array.from({ length: count }, (_, k) => values[k] ?? null);
    const row = [x, loss, right ?? null, accuracy ?? null, ...byLayer(S), ...byLayer(rates)];
    for (const [k, column] of this.columns.entries()) column.push(row[k]);
    if (this.columns[0].length > most)
      this.columns = this.columns.map((column) =>
        column.filter((_, k) => k % 2 === 1 || this.columns[3][k] !== null),
      );
  }
}
