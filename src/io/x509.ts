type X509 = typeof import('@peculiar/x509');

/** The part of the metadata interface that the library's dependency injection looks for; nothing here is injected. */
const NO_METADATA = Object.freeze({
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => undefined,
});

let loading: Promise<X509> | undefined;

/** Loaded with the first certificate that has to be made: most starts need none. */
export function loadX509(): Promise<X509> {
  loading ??= load();
  return loading;
}

function load(): Promise<X509> {
  if (!('getMetadata' in Reflect)) Object.assign(Reflect, NO_METADATA);
  return import('@peculiar/x509');
}
