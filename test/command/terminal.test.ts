/** A second Ctrl-C ends the process, and a line of progress fits its terminal. */
import { describe, expect, test, vi } from 'vitest';
import { onInterrupt } from '../../src/command/interrupt.ts';
import { fitting } from '../../src/command/output.ts';
import { Process } from './command.ts';

test('a second Ctrl-C ends the process at once, but not the echo of the first', () => {
  const io = new Process();
  const exit = vi.spyOn(io, 'exit').mockImplementation(() => {});
  const clock = vi.spyOn(performance, 'now');
  onInterrupt(io).release();
  expect(io.listenerCount('SIGINT')).toBe(0);
  const { signal, release } = onInterrupt(io);
  for (const [now, exits] of [
    [0, 0],
    [3, 0],
    [999, 0],
    [1001, 1],
  ] as const) {
    clock.mockReturnValue(5000 + now);
    io.emit('SIGINT');
    expect(signal.aborted).toBe(true);
    expect(exit).toHaveBeenCalledTimes(exits);
  }
  expect(exit).toHaveBeenCalledWith(130);
  vi.restoreAllMocks();
  release();
  // It stays, for the echo that may still come.
  expect(io.listenerCount('SIGINT')).toBe(1);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s asks for an end', (name) => {
  const io = new Process();
  const { signal, release } = onInterrupt(io);
  expect(signal.aborted).toBe(false);
  io.emit(name);
  expect(signal.aborted).toBe(true);
  release();
});

describe('a line of progress', () => {
  test.each([
    [80, 'epoch 1/2 ██ 50 % · 3 s left · loss 0.1'],
    [40, 'epoch 1/2 ██ 50 % · 3 s left · loss 0.1'],
    [39, 'epoch 1/2 ██ 50 % · 3 s left'],
    [20, 'epoch 1/2 ██ 50 %'],
    [10, 'epoch 1/2'],
  ])('of a terminal of %i columns', (columns, expected) => {
    expect(fitting(['epoch 1/2 ██ 50 %', '3 s left', 'loss 0.1'], columns)).toBe(expected);
  });
});
