/** The keys of a record that has only the keys of its type. */
export function keysOf<T extends object>(record: T): (keyof T & string)[] {
  return Object.keys(record) as (keyof T & string)[]; // the compiler expects that there may be more keys
}

/** The keys and values of a record that has only the keys of its type. */
export function entriesOf<T extends object>(record: T): [keyof T & string, T[keyof T & string]][] {
  return keysOf(record).map((key) => [key, record[key]]);
}
