/** What is derived from an immutable object, made the first time somebody asks for it and shared after that. */
export function once<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const known = made.get(key);
    if (known) return known.value;
    const value = make(key);
    made.set(key, { value });
    return value;
  };
}

/** Likewise for each name that is asked of the object. */
export function onceByName<Key extends object, Value>(
  make: (key: Key, name: string) => Value,
): (key: Key, name: string) => Value {
  const made = once((_: Key) => new Map<string, { readonly value: Value }>());
  return (key, name) => {
    const known = made(key).get(name);
    if (known) return known.value;
    const value = make(key, name);
    made(key).set(name, { value });
    return value;
  };
}
