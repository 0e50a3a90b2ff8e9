/** The keys of a record that has no other keys than those of its type. */
export function keysOf<T extends object>(record: T): (keyof T & string)[] {
  return Object.keys(record) as (keyof T & string)[]; // the compiler allows for values with more keys than their type
}

/** The keys and values of a record that has no other keys than those of its type. */
export function entriesOf<T extends object>(record: T): [keyof T & string, T[keyof T & string]][] {
  return keysOf(record).map((key) => [key, record[key]]);
}
