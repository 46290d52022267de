// Brings a checkout to the point where it runs: npm packages, libopus, the native addon, the weights of the voice detector.
// Each step leaves a stamp of what it was made from and is skipped while that is unchanged.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';

const STAMPS = 'node_modules/.trunkline';
const VAD_MODEL = 'node_modules/@ricky0123/vad-web/dist/silero_vad_v6.onnx';
const VAD_WEIGHTS = 'build/silero-v6.bin';
const ADDON = 'native/build/Release/trunkline.node';
const LIBOPUS = 'build/libopus/libopus.a';
const OPUS_PACKAGE = 'node_modules/@discordjs/opus/package.json';

const TOOLS = [
  { command: 'python3', args: ['--version'], install: 'apt-get install -y python3' },
  { command: 'make', args: ['--version'], install: 'apt-get install -y make' },
  { command: 'g++', args: ['--version'], install: 'apt-get install -y g++' },
];

/** The pinned Node 24 that the npm package `node` brings. */
export function nodeBinary(root) {
  return join(root, 'node_modules/node/bin/node');
}

/** @param {string} root absolute path of the checkout, also the current directory */
export async function setUp(root) {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20)
    throw new Error(`node ${process.versions.node} is too old: install node 20 or newer`);
  await step(
    'packages',
    hashFiles(['package-lock.json']),
    existsSync('node_modules'),
    installPackages,
  );
  if (!existsSync(nodeBinary(root)) || !headersDirectory(root)) installNode(root);
  const opus = hashFiles([OPUS_PACKAGE, 'native/libopus/Makefile']);
  await step('libopus', opus, existsSync(LIBOPUS), buildLibopus);
  await step('addon', opus + hashTree('native'), existsSync(ADDON), () => buildAddon(root));
  await step(
    'vad',
    hashFiles([VAD_MODEL, 'scripts/extract-vad-weights.mjs']),
    existsSync(VAD_WEIGHTS),
    extractVad,
  );
}

async function step(name, stamp, present, action) {
  if (present && readStamp(name) === stamp) return;
  clearStamp(name);
  await action();
  writeStamp(name, stamp);
}

function installPackages() {
  say('installing npm packages');
  // The CUDA libraries that onnxruntime-node would fetch are not needed, and its host may be out of reach.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  // Not `npm ci`: it refuses a lock file that lacks the packages of other platforms, and a registry mirror need not have those.
  // With --no-save the lock file is obeyed and left as it is.
  execute(
    'npm',
    ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { env },
    'npm comes with node: https://nodejs.org',
  );
}

/** Of all install scripts the one that matters, run by hand: npm runs none. */
function installNode(root) {
  say('installing node 24');
  execute(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: join(root, 'node_modules/node'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (!existsSync(nodeBinary(root)))
    throw new Error('the npm package `node` did not bring a node binary for this machine');
}

function requireTools() {
  for (const { command, args, install } of TOOLS) {
    if (spawnSync(command, args, { stdio: 'ignore' }).status !== 0) {
      throw new Error(`${command} is needed to build the media engine: ${install}`);
    }
  }
}

/** Apart from the addon, because it changes only with its package. */
function buildLibopus() {
  requireTools();
  say('building libopus');
  // Files out of an npm package are dated 1985: make would not see that a newer version has come.
  rmSync(dirname(LIBOPUS), { recursive: true, force: true });
  const jobs = `--jobs=${availableParallelism()}`;
  execute('make', ['-C', 'native/libopus', jobs], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function buildAddon(root) {
  requireTools();
  say('building the media engine');
  const headers = headersDirectory(root);
  const args = [
    'node_modules/node-gyp/bin/node-gyp.js',
    '-C',
    'native',
    'rebuild',
    `--nodedir=${headers}`,
    '--jobs=max',
    '--loglevel=error',
  ];
  execute(nodeBinary(root), args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The `node` package carries the headers beside its binary, so that nothing is fetched. A later npm install may remove them again. */
function headersDirectory(root) {
  for (const folder of ['node_modules/node/node_modules', 'node_modules']) {
    const parent = join(root, folder);
    const entries = existsSync(parent) ? readdirSync(parent) : [];
    const found = entries
      .filter((entry) => /^node-(linux|darwin)-/.test(entry))
      .map((entry) => join(parent, entry))
      .find((path) => existsSync(join(path, 'include/node/node_api.h')));
    if (found) return found;
  }
  return undefined;
}

async function extractVad() {
  const { extractVadWeights } = await import('./extract-vad-weights.mjs');
  mkdirSync(dirname(VAD_WEIGHTS), { recursive: true });
  await extractVadWeights(VAD_MODEL, VAD_WEIGHTS);
}

function execute(command, args, options, hint) {
  const result = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  const { status, error, signal, stdout, stderr } = result;
  if (error) {
    throw new Error(`${command} cannot be run (${error.message})${hint ? `: ${hint}` : ''}`);
  }
  if (status === 0) return;
  // What was kept quiet while it went well.
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  throw new Error(
    `\`${[command, ...args].join(' ')}\` failed with ${signal ?? `exit code ${status}`}`,
  );
}

function hashFiles(paths) {
  const hash = createHash('sha256').update(process.platform).update(process.arch);
  for (const path of paths) {
    hash.update(path);
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Sources of the addon only: neither its build folder nor its tests change what is built. */
function hashTree(top) {
  const files = [];
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!['bench', 'build', 'test', 'fuzz'].includes(entry.name)) visit(path);
      } else if (/[.](cc|h|gyp|gypi)$/.test(entry.name)) files.push(relative('.', path));
    }
  };
  visit(top);
  return hashFiles(files.sort());
}

function readStamp(name) {
  const path = join(STAMPS, name);
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined;
}

function clearStamp(name) {
  rmSync(join(STAMPS, name), { force: true });
}

function writeStamp(name, stamp) {
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(join(STAMPS, name), stamp);
}

function say(text) {
  console.error(`trunkline: ${text} …`);
}
