/** A service worker that answers the two requests itself. */
import { answer } from './handler.mjs';

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (/\/(cold|learn)$/.test(event.request.url)) event.respondWith(answer(event.request));
});
