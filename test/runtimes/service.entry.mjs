/** A service worker that answers requests for /learn. */
import { answer } from './handler.mjs';

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.url.endsWith('/learn')) event.respondWith(answer(event.request));
});
