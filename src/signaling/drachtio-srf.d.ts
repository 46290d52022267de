declare module 'drachtio-srf' {
  const Srf: new () => import('./srf-client.ts').SrfClient;
  export = Srf;
}
