/**
 * The protocol of the pool (`src/backend/wasm/pool.ts`, `worker.ts`) as a finite machine: the main thread gives programs, workers
 * take tasks and meet. `explore` visits every interleaving of the steps between two accesses to shared memory.
 *
 * A worker's view has the length of the memory at the engine's last update of the view, which may happen at any time after the
 * main thread has grown the memory.
 */

/** Precautions of the real code; a model without one of them must fail. */
export interface Mends {
  /** The worker updates its view before it takes one. */
  readonly growsByNothing: boolean;
  /** A view that does not reach a program is a failure, not an empty program. */
  readonly checksReach: boolean;
  /** A failure before the first task is reported. */
  readonly tellsFailures: boolean;
  /** A worker that failed does not arrive, so that its program is never done. */
  readonly failedStayAway: boolean;
  /** The steps of a program are released when the next program is done, its tasks at once. */
  readonly releasesLate: boolean;
}

export const allMends: Mends = {
  growsByNothing: true,
  checksReach: true,
  tellsFailures: true,
  failedStayAway: true,
  releasesLate: true,
};

export interface Setting {
  readonly workers: number;
  readonly programs: number;
  readonly steps: number;
  readonly tasks: number;
  /** Programs may be written into memory that was just grown: their steps, or their tasks alone. It may also grow while they run. */
  readonly grows?: boolean;
  /** `memory.grow(0)` does not bring the view up to date: an engine that breaks the promise. */
  readonly breaksPromise?: boolean;
  /** One task of the last program throws. */
  readonly fails?: boolean;
  /** The main thread may dispose of the pool while it waits. */
  readonly disposes?: boolean;
  readonly mends?: Partial<Mends>;
}

export interface Explored {
  readonly states: number;
  /** How runs end. */
  readonly ends: readonly string[];
  /** The first thing that is wrong, with the way to it. */
  readonly wrong?: string;
}

type State = number[];

const most = 2_000_000;

/** Visits all states. */
export function explore(setting: Setting): Explored {
  const model = new Model(setting);
  const first = model.first();
  const seen = new Map<string, { before: string; what: string }>([[keyOf(first), { before: '', what: '' }]]);
  const queue = [first];
  const ends = new Set<string>();
  for (const state of queue) {
    const nexts = model.nexts(state);
    const end = endings[state[mainPc] as keyof typeof endings];
    if (end !== undefined) ends.add(end);
    else if (nexts.length === 0) model.wrong ??= 'deadlock';
    if (model.wrong !== undefined) {
      return { states: seen.size, ends: [...ends].sort(), wrong: `${model.wrong}: ${wayTo(keyOf(state))}` };
    }
    for (const [what, next] of nexts) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.set(key, { before: keyOf(state), what });
      queue.push(next);
    }
    if (seen.size > most) throw new Error(`more than ${most} states`);
  }
  return { states: seen.size, ends: [...ends].sort() };

  function wayTo(key: string): string {
    const way = [];
    for (let at = seen.get(key)!; at.what !== ''; at = seen.get(at.before)!) way.unshift(at.what);
    return way.slice(-20).join(', ');
  }
}

const keyOf = (state: State): string => String.fromCharCode(...state);

// Places in a state.
const [mainPc, number, given, pages, program, inbox, failed, length, staged, left, head] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
];
// A block: the owners of its steps and tasks, the length of view that they need, and three counters per step.
const [holds, tasksOf, stepsNeed, tasksNeed, counters] = [0, 1, 2, 3, 4];
const [nextTask, arrived, ran] = [0, 1, 2];
// A worker.
const [pc, own, step, view, known, block, seenArrived, sleeps] = [0, 1, 2, 3, 4, 5, 6, 7];
const workerWords = 8;

const main = { write: 0, pages: 1, program: 2, given: 3, notify: 4, start: 5, wait: 6 };
const endings = { 20: 'done', 21: 'failed', 22: 'disposed' } as const;
const none = 9;

const worker = {
  absent: 0,
  loadGiven: 1,
  waitGiven: 2,
  grow: 3,
  view: 4,
  read: 5,
  take: 6,
  run: 7,
  arrive: 8,
  notify: 9,
  post: 10,
  meet: 11,
  waitMeet: 12,
  fail: 13,
  gone: 14,
};

const blocks = 3;

class Model {
  wrong: string | undefined;
  private readonly setting: Setting;
  private readonly mends: Mends;
  private readonly blockWords: number;

  constructor(setting: Setting) {
    this.setting = setting;
    this.mends = { ...allMends, ...setting.mends };
    this.blockWords = counters + 3 * setting.steps;
  }

  first(): State {
    const words = head + blocks * this.blockWords + this.setting.workers * workerWords;
    const state: State = Array.from({ length: words }, () => 0);
    state[number] = 1;
    state[length] = 1;
    state[staged] = state[left] = none;
    return state;
  }

  nexts(state: State): [string, State][] {
    if (state[mainPc] >= 20) return [];
    const all = this.mainNexts(state);
    for (let w = 0; w < this.setting.workers; w++) all.push(...this.workerNexts(state, w));
    return all;
  }

  private blockAt(b: number): number {
    return head + b * this.blockWords;
  }

  private workerAt(w: number): number {
    return head + blocks * this.blockWords + w * workerWords;
  }

  private mainNexts(state: State): [string, State][] {
    const { workers, programs, steps, tasks, grows, disposes } = this.setting;
    const say = (what: string, change: (next: State) => void): [string, State] => {
      const next = state.slice();
      change(next);
      return [`main ${what}`, next];
    };
    switch (state[mainPc]) {
      case main.write: {
        const b = [0, 1, 2].find((each) => state[this.blockAt(each) + holds] === 0)!;
        return (grows ? [0, 1, 2] : [0]).map((growth) =>
          say(`writes ${state[number]} at ${b}, growth ${growth}`, (next) => {
            const at = this.blockAt(b);
            const short = next[length];
            if (growth > 0) next[length]++;
            next[at + holds] = next[at + tasksOf] = next[number];
            next[at + stepsNeed] = growth === 1 ? next[length] : short;
            next[at + tasksNeed] = next[length];
            next.fill(0, at + counters, at + counters + 3 * steps);
            next[staged] = b;
            next[mainPc] = main.pages;
          }),
        );
      }
      case main.pages:
        return [
          say('stores the length', (next) => ((next[pages] = next[length]), (next[mainPc] = main.program))),
        ];
      case main.program:
        return [say('stores where', (next) => ((next[program] = next[staged]), (next[mainPc] = main.given)))];
      case main.given:
        return [say('gives', (next) => ((next[given] = next[number]), (next[mainPc] = main.notify)))];
      case main.notify:
        return [
          say('notifies', (next) => {
            this.wake(next, 1);
            next[mainPc] = main.start;
          }),
        ];
      case main.start:
        return [
          say('starts threads', (next) => {
            for (let w = 0; w < workers; w++) {
              const at = this.workerAt(w);
              if (next[at + pc] !== worker.absent) continue;
              [next[at + pc], next[at + own], next[at + known]] = [worker.loadGiven, 1, next[length]];
            }
            next[mainPc] = main.wait;
          }),
        ];
      default: {
        const all: [string, State][] = [];
        if (state[failed]) all.push(say('hears of a failure', (next) => (next[mainPc] = 21)));
        if (disposes) all.push(say('disposes', (next) => (next[mainPc] = 22)));
        // For what it stages for the next program.
        if (grows && state[length] === state[number]) all.push(say('grows', (next) => next[length]++));
        if (state[inbox] !== state[number]) return all;
        all.push(
          say('hears that it is done', (next) => {
            const at = this.blockAt(next[staged]);
            for (let s = 0; s < steps; s++) {
              if (next[at + counters + 3 * s + ran] !== tasks)
                this.wrong = `a step is done with ${next[at + counters + 3 * s + ran]} of ${tasks} tasks`;
            }
            next[inbox] = 0;
            next[at + tasksOf] = 0;
            const free = this.mends.releasesLate ? next[left] : next[staged];
            if (free !== none) next[this.blockAt(free) + holds] = 0;
            [next[left], next[staged]] = [next[staged], none];
            if (next[number] === programs) next[mainPc] = 20;
            else [next[mainPc], next[number]] = [main.write, next[number] + 1];
          }),
        );
        return all;
      }
    }
  }

  /** Wakes the workers that sleep on a program (1), or on the end of a step of a block. */
  private wake(state: State, what: number): void {
    for (let w = 0; w < this.setting.workers; w++) {
      const at = this.workerAt(w);
      if (state[at + sleeps] === what) state[at + sleeps] = 0;
    }
  }

  private workerNexts(state: State, w: number): [string, State][] {
    const { workers, programs, steps, tasks, breaksPromise, fails } = this.setting;
    const { mends } = this;
    const at = this.workerAt(w);
    const all: [string, State][] = [];
    const say = (what: string, change: (next: State) => void): void => {
      const next = state.slice();
      change(next);
      all.push([`${w} ${what}`, next]);
    };
    const goTo = (place: number) => (next: State) => void (next[at + pc] = place);
    const now = state[at + pc];
    if (now === worker.absent || now === worker.gone) return all;
    // The engine updates the view at any time.
    if (state[at + known] < state[length])
      say('is told of the growth', (next) => (next[at + known] = next[length]));
    if (state[at + sleeps] !== 0) return all;
    const g = state[at + own];
    const b = this.blockAt(state[at + block]);
    const counter = b + counters + 3 * state[at + step];
    const sleepOn = 2 + state[at + block] * steps + state[at + step];
    const leave = (next: State): void => {
      if (next[at + step] < steps - 1) [next[at + pc], next[at + step]] = [worker.take, next[at + step] + 1];
      else this.nextProgram(next, at);
    };
    switch (now) {
      case worker.loadGiven:
        if (g <= programs) say('loads given', goTo(state[given] < g ? worker.waitGiven : worker.grow));
        break;
      case worker.waitGiven:
        say('waits for a program', (next) => {
          if (next[given] === g - 1) next[at + sleeps] = 1;
          next[at + pc] = worker.loadGiven;
        });
        break;
      case worker.grow:
        say('grows by nothing', (next) => {
          if (mends.growsByNothing && !breaksPromise) next[at + known] = next[length];
          next[at + pc] = worker.view;
        });
        break;
      case worker.view:
        say('takes a view', (next) => ((next[at + view] = next[at + known]), (next[at + pc] = worker.read)));
        break;
      case worker.read:
        say('reads the program', (next) => {
          const at2 = this.blockAt(next[program]);
          next[at + block] = next[program];
          next[at + step] = 0;
          if (mends.checksReach && next[at + view] < next[pages]) next[at + pc] = worker.fail;
          else if (next[at + view] >= next[at2 + stepsNeed]) next[at + pc] = worker.take;
          else if (mends.checksReach) next[at + pc] = worker.fail;
          else this.nextProgram(next, at); // `undefined` steps: none
        });
        break;
      case worker.take:
        say('takes a task', (next) => {
          if (next[b + holds] !== g) this.wrong = 'a task of another program is taken';
          next[at + pc] = next[counter + nextTask]++ < tasks ? worker.run : worker.arrive;
        });
        break;
      case worker.run:
        say('runs it', (next) => {
          next[at + pc] = worker.take;
          if (next[b + tasksOf] !== g) this.wrong = 'a task is read that is not there any more';
          const isLastTask = next[counter + ran] === tasks - 1 && next[at + step] === steps - 1;
          if (fails && g === programs && isLastTask) next[at + pc] = worker.fail;
          else if (next[at + view] >= next[b + tasksNeed]) next[counter + ran]++;
          else if (mends.checksReach) next[at + pc] = worker.fail;
          // Else its number of calls is `undefined`: it is left out.
        });
        break;
      case worker.arrive:
        say('arrives', (next) => {
          next[at + seenArrived] = 0;
          next[at + pc] = ++next[counter + arrived] === workers ? worker.notify : worker.meet;
        });
        break;
      case worker.notify:
        say('notifies', (next) => {
          this.wake(next, sleepOn);
          if (next[at + step] === steps - 1) next[at + pc] = worker.post;
          else leave(next);
        });
        break;
      case worker.post:
        say('posts done', (next) => {
          next[inbox] = g;
          this.nextProgram(next, at);
        });
        break;
      case worker.meet:
        say('looks who is there', (next) => {
          if (next[counter + arrived] === workers) leave(next);
          else [next[at + pc], next[at + seenArrived]] = [worker.waitMeet, next[counter + arrived]];
        });
        break;
      case worker.waitMeet:
        say('waits for the others', (next) => {
          if (next[counter + arrived] === next[at + seenArrived]) next[at + sleeps] = sleepOn;
          [next[at + pc], next[at + seenArrived]] = [worker.meet, 0];
        });
        break;
      case worker.fail:
        say('fails', (next) => {
          if (mends.tellsFailures) next[failed] = 1;
          next[at + pc] = mends.failedStayAway ? worker.gone : worker.arrive;
          // A worker that arrives after a failure counts its tasks as done.
          if (!mends.failedStayAway && fails) next[counter + ran] = tasks;
        });
        break;
    }
    return all;
  }

  private nextProgram(state: State, at: number): void {
    [state[at + pc], state[at + step], state[at + block], state[at + view]] = [worker.loadGiven, 0, 0, 0];
    state[at + own]++;
  }
}
