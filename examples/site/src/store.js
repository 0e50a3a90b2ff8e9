/** What survives a reload: one record in IndexedDB. */
const name = 'asf-bp';

function withStore(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('runs'));
    opening.addEventListener('error', () => reject(opening.error));
    opening.addEventListener('success', () => {
      const database = opening.result;
      const transaction = database.transaction('runs', mode);
      const asked = act(transaction.objectStore('runs'));
      transaction.addEventListener('complete', () => {
        database.close();
        resolve(asked.result);
      });
      transaction.addEventListener('error', () => reject(transaction.error));
    });
  });
}

export const keep = (run) => withStore('readwrite', (store) => store.put(run, 'last'));
export const kept = () => withStore('readonly', (store) => store.get('last'));
export const forget = () => withStore('readwrite', (store) => store.delete('last'));
