// Copies the state of the local AWS, so that a test can go back to it, and a reader can see an older one.

/** A deep copy; byte arrays are never changed in place, so they are not copied. */
export function copyOf<Value>(value: Value): Value {
  if (Buffer.isBuffer(value) || value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return new Date(value) as Value;
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, copyOf(item)])) as Value;
  }
  if (value instanceof Set) return new Set([...value].map(copyOf)) as Value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, copyOf(item)]),
  ) as Value;
}
