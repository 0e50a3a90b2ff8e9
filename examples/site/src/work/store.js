/** Records that survive a reload, by name in IndexedDB. If a browser stores nothing, every read returns undefined. */
function withStore(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('asf-bp', 2);
    opening.addEventListener('upgradeneeded', () => {
      for (const name of opening.result.objectStoreNames) opening.result.deleteObjectStore(name);
      opening.result.createObjectStore('kept');
    });
    opening.addEventListener('error', () => reject(opening.error));
    opening.addEventListener('success', () => {
      const database = opening.result;
      const transaction = database.transaction('kept', mode);
      const asked = act(transaction.objectStore('kept'));
      transaction.addEventListener('complete', () => {
        database.close();
        resolve(asked.result);
      });
      for (const end of ['error', 'abort'])
        transaction.addEventListener(end, () => {
          database.close();
          reject(transaction.error);
        });
    });
  });
}

/** Stores a record. Resolves to false if the browser does not store it. */
export const keep = (name, record) =>
  withStore('readwrite', (store) => store.put(record, name)).then(
    () => true,
    () => false,
  );

export const kept = (name) => withStore('readonly', (store) => store.get(name)).catch(() => undefined);

export const forget = (name) => withStore('readwrite', (store) => store.delete(name)).catch(() => undefined);
