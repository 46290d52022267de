/** A JSON object from a provider's websocket; its fields are unchecked. */
export type JsonEvent = Readonly<Record<string, unknown>>;

/** `undefined` for anything that is not a JSON object. */
export function parseEvent(text: string): JsonEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJsonObject(value: unknown): value is JsonEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectField(event: JsonEvent, name: string): JsonEvent {
  const value = event[name];
  return isJsonObject(value) ? value : {};
}

export function flagField(event: JsonEvent, name: string): boolean {
  return event[name] === true;
}

/** The objects in a field that should be an array. */
export function objectsField(event: JsonEvent, name: string): readonly JsonEvent[] {
  const value = event[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function numberField(event: JsonEvent, name: string): number | undefined {
  const value = event[name];
  return typeof value === 'number' ? value : undefined;
}

/** A field that should be a string; empty when it is not. */
export function textField(event: JsonEvent, name: string): string {
  const value = event[name];
  return typeof value === 'string' ? value : '';
}
