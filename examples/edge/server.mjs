/** A Node HTTP server with the handler for digits: `node server.mjs [PORT]`. */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { answer } from './handler.mjs';

/** Converts a request of Node to a `Request`. */
function requestOf({ method, url, headers }, incoming) {
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' } : {};
  return new Request(new URL(url, 'http://localhost'), {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ...body,
  });
}

export const server = createServer(async (incoming, outgoing) => {
  try {
    const response = await answer(requestOf(incoming, incoming));
    // The rest of a body that is too long is never read.
    if (response.status === 413) outgoing.setHeader('connection', 'close');
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  } catch {
    outgoing.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"expected a request"}');
  }
});

server.on('error', ({ code, port, message }) => {
  console.error(code === 'EADDRINUSE' ? `port ${port} is in use: npm start -- PORT takes another` : message);
  process.exitCode = 1;
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8787);
  server.listen(port, () => console.log(`http://localhost:${port}/predict`));
}
