import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';

/** The layers, lowest first, with what each may import besides itself. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  telemetry: ['core'],
  audio: ['core'],
  sip: ['core'],
  sdp: ['core'],
  drachtio: ['core', 'sip'],
  trace: ['core'],
  carriers: ['core', 'store'],
  registrar: ['core', 'store', 'sip'],
  signaling: ['core', 'telemetry', 'sdp', 'carriers'],
  media: ['core', 'audio', 'sdp'],
  voice: ['core', 'audio'],
  call: ['core', 'audio', 'sdp', 'media', 'voice'],
  io: [
    'core',
    'telemetry',
    'audio',
    'sip',
    'sdp',
    'drachtio',
    'trace',
    'signaling',
    'media',
    'voice',
    'call',
  ],
  providers: ['core', 'telemetry', 'audio', 'voice'],
  store: ['core', 'call'],
  accounts: ['core', 'store', 'call'],
  numbers: ['core', 'store', 'call'],
  agents: ['core', 'store', 'call', 'voice'],
  cluster: ['core'],
  api: [
    'core',
    'telemetry',
    'store',
    'call',
    'accounts',
    'carriers',
    'numbers',
    'agents',
    'trace',
    'registrar',
  ],
  config: ['core'],
  cli: ['core', 'telemetry', 'audio', 'sip', 'sdp', 'config', 'trace'],
};

/** Folders that take bytes and time as arguments and import no package at all. */
const SANS_IO = ['core', 'audio', 'sdp', 'sip', 'trace', 'voice', 'call'];

function anyOf(names: readonly string[]): string {
  return `(${names.join('|')})`;
}

function layerRule(layer: string, allowed: readonly string[]): IForbiddenRuleType {
  return {
    name: `layer-${layer}`,
    comment: `${layer}/ may import ${allowed.length === 0 ? 'no other layer' : allowed.join(', ')}.`,
    from: { path: `^src/${layer}/` },
    to: { path: '^src/', pathNot: `^src/${anyOf([layer, ...allowed])}/` },
  };
}

const forbidden: IForbiddenRuleType[] = [
  ...Object.entries(LAYERS).map(([layer, allowed]) => layerRule(layer, allowed)),
  {
    name: 'no-circular',
    comment: 'Data flows one way. A cycle means two files are one file, or a type belongs lower.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'sans-io',
    comment: 'Protocol and turn logic gets bytes and time as arguments. Node is for io/ and above.',
    from: { path: `^src/${anyOf(SANS_IO)}/` },
    to: { pathNot: '^src/' },
  },
  {
    name: 'business-sees-events-only',
    comment: 'Everything outside knows a call by what it is to be, its events and its ending.',
    from: { path: '^src/(store|accounts|numbers|agents|api)/' },
    to: {
      path: '^src/call/',
      pathNot: '^src/call/(call-spec|call-event|termination|transfer-request)[.]ts$',
    },
  },
  {
    name: 'agents-see-the-spec-only',
    comment: 'Of voice/, an agent is its spec.',
    from: { path: '^src/agents/' },
    to: { path: '^src/voice/', pathNot: '^src/voice/agent-spec[.]ts$' },
  },
  {
    name: 'signaling-sees-carrier-types-only',
    comment: 'A gateway is handed to signalling; it never looks one up.',
    from: { path: '^src/signaling/' },
    to: { path: '^src/carriers/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'drachtio-srf-stays-in-signaling',
    comment: 'One signalling API, one place that knows the library.',
    from: { path: '^src/', pathNot: '^src/(signaling|media/freeswitch)/' },
    to: { path: 'node_modules/drachtio-' },
  },
  {
    name: 'providers-are-islands',
    comment: 'A vendor folder never imports another vendor folder.',
    from: { path: '^src/providers/([^/]+)/' },
    to: { path: '^src/providers/[^/]+/', pathNot: '^src/providers/$1/' },
  },
  {
    name: 'providers-implement-ports',
    comment: 'Of voice/, a provider sees the ports only.',
    from: { path: '^src/providers/' },
    to: { path: '^src/voice/', pathNot: '^src/voice/ports[.]ts$' },
  },
  {
    name: 'only-the-composition-root-names-everything',
    comment: 'engine.ts and main.ts are imported by nobody in src/.',
    from: { path: '^src/[^/]+/' },
    to: { path: '^src/(engine|main)[.]ts$' },
  },
  {
    name: 'no-orphans',
    comment: 'A file that nothing imports and that imports nothing is dead.',
    from: { orphan: true },
    to: {},
  },
];

export const cruiseOptions: ICruiseOptions = {
  ruleSet: { forbidden },
  validate: true,
  doNotFollow: { path: 'node_modules' },
  tsPreCompilationDeps: true,
};
