/**
 * `npm run docs memory`: measures the peak memory of rank 0, and compares it with the formula. Rewrites the table in
 * bench/cluster.md. Needs mpirun, and `npm ci --ignore-scripts --prefix test/distributed`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lenet, network } from '../dist/src/index.js';
import { openBackend } from '../dist/src/backend/open.js';
import { assignShards, needsOfRank } from '../dist/src/mpi/shardAssignment.js';
import { memoryFor } from '../dist/src/train/memory.js';

const koffiHere = fileURLToPath(new URL('../test/distributed', import.meta.url));
const program = fileURLToPath(new URL('../dist/asf-bp.js', import.meta.url));

/**
 * Trainings of one batch per epoch. The first needs memory mostly for the samples of a rank, the second for gradients that a rank holds and
 * exchanges.
 */
export const works = [
  { file: lenet, window: 20, batch: 512, shard: 8, ranks: [1, 2, 4] },
  {
    file: {
      ...lenet,
      name: 'wide',
      layers: [
        { kind: 'linear', units: 4000 },
        { kind: 'linear', units: 10 },
      ],
    },
    window: 2,
    batch: 52,
    shard: 4,
    ranks: [1, 2, 3, 4],
  },
];

/** The bytes that the formula predicts for each rank. */
export function predictedBytes({ file, window, batch, shard }, ranks) {
  const { plan } = network(file, { timeWindow: window });
  const backend = openBackend('wasm', plan, { threads: 1 });
  const assignment = assignShards(batch, shard, ranks);
  const all = Array.from({ length: ranks }, (_, rank) => {
    const processes = { rankNeeds: () => needsOfRank(assignment, rank) };
    return memoryFor(backend, { batch, shard, moments: true, processes });
  });
  backend.dispose();
  return all;
}

/**
 * The bytes that only the first rank allocates in such a training: for two checkpoints (weights and two moments) and a model.
 * The garbage collector does not always free them.
 */
export function writtenBytes({ file }) {
  const weights = network(file).plan.layers.map(({ weightShape }) =>
    weightShape.reduce((a, b) => a * b, weightShape.length > 0 ? 1 : 0),
  );
  return (2 * 3 + 1) * 4 * weights.reduce((a, b) => a + b, 0);
}

/** The peak memory of each rank in bytes. */
export function measuredBytes({ file, window, batch, shard }, ranks) {
  const folder = mkdtempSync(join(tmpdir(), 'asf-bp-memory-'));
  const model = join(folder, 'model.json');
  writeFileSync(model, JSON.stringify(file));
  // When a process ends, it writes its peak memory in KiB, as the system reports it.
  const watch = `
    import { writeFileSync } from 'node:fs';
    const path = ${JSON.stringify(folder)} + '/' + process.env.OMPI_COMM_WORLD_RANK;
    process.on('exit', () => writeFileSync(path, String(process.resourceUsage().maxRSS)));`;
  const launch = '--allow-run-as-root --oversubscribe --bind-to none --mca btl self,sm -np'.split(' ');
  const options = { limit: batch, batch, shard, window, epochs: 1, threads: 1, out: join(folder, 'run') };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const line = [...launch, `${ranks}`, process.execPath, program, 'train', '--model', model, ...words];
  // The garbage in a large young generation would add a varying amount to the peak, so the generation is kept small.
  const NODE_OPTIONS = `--max-semi-space-size=1 --import data:text/javascript,${encodeURIComponent(watch)}`;
  const env = { ...process.env, NODE_OPTIONS };
  const stdio = ['ignore', 'ignore', 'inherit'];
  execFileSync('mpirun', [...line, '--json', '--distributed', 'mpi'], { cwd: koffiHere, env, stdio });
  const all = Array.from(
    { length: ranks },
    (_, rank) => 1024 * readFileSync(join(folder, `${rank}`), 'utf8'),
  );
  rmSync(folder, { recursive: true });
  return all;
}

if (process.argv[1]?.endsWith('clusterMemory.mjs')) {
  const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
  const rows = works.flatMap((work) =>
    work.ranks.map((ranks) => {
      const [formula] = predictedBytes(work, ranks);
      const [first] = measuredBytes(work, ranks);
      const cells = [work.file.name, `${work.batch} in shards of ${work.shard}`, ranks];
      return `| ${[...cells, ...[formula, first, first - formula].map(megabytes)].join(' | ')} |`;
    }),
  );
  const head =
    '| network | batch | ranks | formula, MB | peak of rank 0, MB | difference, MB |\n|---|---|---|---|---|---|';
  const path = new URL('../bench/cluster.md', import.meta.url);
  const text = readFileSync(path, 'utf8');
  const block = `<!-- memory -->\n\n${head}\n${rows.join('\n')}\n\n<!-- /memory -->`;
  writeFileSync(path, text.replace(/<!-- memory -->[^]*<!-- \/memory -->/, block));
}
