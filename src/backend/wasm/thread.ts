/** Starts a thread of the pool as a worker of Node or of the web. Without shared memory, only one thread is possible. */
import { source } from '#worker';
import type { Message, Start } from './worker.ts';

export interface Thread {
  stop(): void;
}

export interface ThreadEvents {
  message(message: Message): void;
  /** The thread has ended, or did not start. */
  end(cause: string): void;
}

export function canShare(): boolean {
  return (
    typeof SharedArrayBuffer === 'function' && (nodeThreads() !== undefined || typeof Worker === 'function')
  );
}

export function startThread({ message, end }: ThreadEvents, start: Start): Thread {
  const node = nodeThreads();
  if (node) {
    const worker = new node.Worker(source, { eval: true, execArgv: [] });
    worker.on('message', message);
    worker.on('error', (cause) => end(cause instanceof Error ? cause.message : String(cause)));
    worker.on('exit', (code) => end(`exit code ${code}`));
    worker.postMessage(start);
    worker.unref(); // while a program runs, the timer of `stall.ts` keeps the process alive
    return {
      stop() {
        worker.removeAllListeners();
        worker.on('error', () => {});
        void worker.terminate();
      },
    };
  }
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  worker.addEventListener('message', ({ data }) => message(data as Message)); // the worker sends nothing else
  worker.addEventListener('error', (event) => end(event.message || 'its script was not loaded'));
  worker.postMessage(start);
  return { stop: () => worker.terminate() };
}

function nodeThreads(): typeof import('node:worker_threads') | undefined {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}
