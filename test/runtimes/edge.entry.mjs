import { answer } from './handler.mjs';

addEventListener('fetch', (event) => event.respondWith(answer(event.request)));
