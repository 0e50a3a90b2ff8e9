/** The steps returned by a training, each taken when the caller iterates. If nobody iterates, a warning is printed. */
import { InputError } from '../errors.ts';

/** The steps of a training, for `for await`. */
export interface Steps<Step> extends AsyncGenerator<Step, void> {
  /** Steps are not awaited: `await train(…)` would train nothing. It does not compile, and is refused. */
  then(iterate: 'for await (const step of …)'): never;
}

/** Milliseconds without iteration until the warning; programs need less to set up. */
const patience = 1000;

/** Wraps a generator as steps. */
export function stepsOf<Step>(where: string, generator: AsyncGenerator<Step, void>): Steps<Step> {
  const next = `iterate: for await (const step of ${where}(…))`;
  const timer = setTimeout(
    () => console.warn(`${where}: no step was asked for, nothing is trained; ${next}`),
    patience,
  );
  const touched =
    <Arguments extends unknown[], Result>(call: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      clearTimeout(timer);
      return call.apply(generator, given);
    };
  const then = (_: unknown, reject?: (error: InputError) => void): void => {
    clearTimeout(timer);
    reject?.(new InputError(`${where}: expected steps to be iterated, got await; ${next}`));
  };
  const own = {
    next: touched(generator.next),
    return: touched(generator.return),
    throw: touched(generator.throw),
    // oxlint-disable-next-line no-thenable -- to await steps is the mistake that it reports
    then,
  };
  return Object.defineProperties(
    generator,
    Object.fromEntries(Object.entries(own).map(([name, value]) => [name, { value }])),
  ) as Steps<Step>; // with the four methods of `own`
}
