/** Opens a page of this folder in Chromium on SwiftShader, served from this checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
const args = ['--headless', '--no-sandbox', '--disable-component-update', ...quiet, ...gpu];

/** Serves the files of dist/ and of this folder, and `extra` by path. */
async function serve(extra) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://page').pathname);
    const type = types[extname(path)] ?? 'application/octet-stream';
    const isThere = /^\/(dist|test\/webgpu)\//.test(path) && existsSync(join(root, path));
    const body = extra[path] ?? (isThere ? readFileSync(join(root, path)) : undefined);
    response.writeHead(body ? 200 : 404, { 'content-type': type });
    response.end(body ?? '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Opens `page.html?QUERY` in a new browser and returns its result. */
export async function inPage(query, extra = {}) {
  const { chromium } = createRequire(import.meta.url)('playwright-core');
  const server = await serve(extra);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args, timeout: 120_000 });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${server.address().port}/test/webgpu/page.html?${query}`);
    await page.waitForFunction('globalThis.result');
    return await page.evaluate('globalThis.result');
  } finally {
    await browser.close();
    server.close();
  }
}
