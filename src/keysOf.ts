/** The keys of a record that the program itself writes. */
export function keysOf<T extends object>(record: T): (keyof T & string)[] {
  return Object.keys(record) as (keyof T & string)[]; // texts to the compiler, since a value may have more keys than its type
}

/** Its keys and values. */
export function entriesOf<T extends object>(record: T): [keyof T & string, T[keyof T & string]][] {
  return keysOf(record).map((key) => [key, record[key]]);
}
