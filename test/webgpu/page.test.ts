/** The same small training in Chromium, on SwiftShader, as in Node: the same digest. */
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as asf from '../../src/index.ts';
import { smallTraining } from './training.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executablePath = '/usr/bin/chromium';
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};

let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://page').pathname);
    const type = types[extname(path)];
    const isThere =
      type !== undefined && /^\/(dist|test\/webgpu)\//.test(path) && existsSync(join(root, path));
    response.writeHead(isThere ? 200 : 404, { 'content-type': type ?? 'text/plain' });
    response.end(isThere ? readFileSync(join(root, path)) : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void server.close());

interface Trained {
  readonly digest: string;
  readonly correct: number;
  readonly error?: string;
}

/** What is used of the package, whose types are there only with it. */
interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: string[] }): Promise<{
      newPage(): Promise<{
        goto(url: string): Promise<unknown>;
        waitForFunction(text: string): Promise<unknown>;
        evaluate(text: string): Promise<unknown>;
      }>;
      close(): Promise<void>;
    }>;
  };
}

/** Opens the page in a browser of its own and waits for what it has found. */
async function inPage(backend: string): Promise<Trained> {
  const { chromium } = createRequire(import.meta.url)('playwright-core') as Playwright;
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
  const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
  const browser = await chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-component-update', ...quiet, ...gpu],
  });
  try {
    const page = await browser.newPage();
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/test/webgpu/page.html?backend=${backend}`);
    await page.waitForFunction('globalThis.result');
    return (await page.evaluate('globalThis.result')) as Trained;
  } finally {
    await browser.close();
  }
}

it('a page gives the digest of Node', { timeout: 300_000 }, async () => {
  const wasm = (await smallTraining(asf, 'wasm')) as Trained;
  expect(wasm.correct).toBeGreaterThan(8);
  expect(await smallTraining(asf, 'webgpu')).toEqual(wasm);
  expect(await inPage('webgpu')).toEqual(wasm);
});
