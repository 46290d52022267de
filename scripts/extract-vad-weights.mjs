// Writes the weights of Silero VAD, both sample rates, from its ONNX file into the small file the media engine loads.
// Plain JavaScript without dependencies: the set-up step runs it on any node >= 20.
//
//   node scripts/extract-vad-weights.mjs [model.onnx [out.bin]]
//
// Out, little endian: "TLSILERO", u32 version, 32 bytes SHA-256 of the model, u32 tensors, then per tensor
// u8 length and ASCII name ("8000/encoder.0.weight"), u8 rank, u32 per dimension, f32 per element.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MAGIC = 'TLSILERO';
const VERSION = 1;

// Field numbers of onnx.proto.
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5 };
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE = { tensor: 5, graph: 6 };
const TENSOR = { dims: 1, dataType: 2, floatData: 4, name: 8, rawData: 9 };
const FLOAT32 = 1;

/** Name in the model to name in the file; the exporter has folded the training-time branches into `reparam_conv`. */
const TENSORS = {
  'stft.forward_basis_buffer': 'stft.basis',
  'encoder.0.reparam_conv.weight': 'encoder.0.weight',
  'encoder.0.reparam_conv.bias': 'encoder.0.bias',
  'encoder.1.reparam_conv.weight': 'encoder.1.weight',
  'encoder.1.reparam_conv.bias': 'encoder.1.bias',
  'encoder.2.reparam_conv.weight': 'encoder.2.weight',
  'encoder.2.reparam_conv.bias': 'encoder.2.bias',
  'encoder.3.reparam_conv.weight': 'encoder.3.weight',
  'encoder.3.reparam_conv.bias': 'encoder.3.bias',
  'decoder.rnn.weight_ih': 'lstm.weight_input',
  'decoder.rnn.weight_hh': 'lstm.weight_hidden',
  'decoder.rnn.bias_ih': 'lstm.bias_input',
  'decoder.rnn.bias_hh': 'lstm.bias_hidden',
  'decoder.decoder.2.weight': 'output.weight',
  'decoder.decoder.2.bias': 'output.bias',
};

/** Rows of the STFT basis (a real and an imaginary one per bin) tell the branch of which rate a tensor is from. */
const RATE_OF_BASIS_ROWS = new Map([
  [130, 8000],
  [258, 16000],
]);

/**
 * @param {string} modelPath ONNX file of Silero VAD v5 or v6
 * @param {string} outPath written whole or not at all; its folder is made
 * @throws {Error} when the file cannot be read or is not that model
 */
export function extractVadWeights(modelPath, outPath) {
  const model = readFileSync(modelPath);
  let networks;
  try {
    networks = readNetworks(model);
  } catch (error) {
    throw new Error(`${modelPath} is not a Silero VAD model: ${error.message}`, { cause: error });
  }
  const bytes = serialize(networks, createHash('sha256').update(model).digest());
  mkdirSync(dirname(resolve(outPath)), { recursive: true });
  const partial = `${outPath}.${process.pid}.partial`;
  writeFileSync(partial, bytes);
  renameSync(partial, outPath);
}

/** @returns {Map<number, Map<string, {dims: number[], data: Uint8Array}>>} by rate, by name in the file */
function readNetworks(model) {
  const networks = new Map();
  for (const graph of messages(model, MODEL_GRAPH)) {
    for (const branch of branches(graph)) addNetwork(networks, branch);
  }
  for (const rate of RATE_OF_BASIS_ROWS.values()) {
    if (!networks.has(rate)) throw new Error(`it has no branch for ${rate} Hz`);
  }
  return networks;
}

function addNetwork(networks, branch) {
  const tensors = new Map();
  for (const tensor of floatTensors(branch)) {
    const name = TENSORS[tensor.name];
    if (name !== undefined) tensors.set(name, tensor);
  }
  if (tensors.size === 0) return;
  const missing = Object.values(TENSORS).filter((name) => !tensors.has(name));
  if (missing.length > 0) throw new Error(`a branch lacks ${missing.join(', ')}`);
  const rows = tensors.get('stft.basis').dims[0];
  const rate = RATE_OF_BASIS_ROWS.get(rows);
  if (rate === undefined) throw new Error(`an STFT of ${rows} rows belongs to no known rate`);
  if (networks.has(rate)) throw new Error(`it has two branches for ${rate} Hz`);
  networks.set(rate, tensors);
}

/** The subgraphs directly under a graph's nodes: the two sides of the `If` on the sample rate. */
function* branches(graph) {
  for (const node of messages(graph, GRAPH.node)) {
    for (const attribute of messages(node, NODE_ATTRIBUTE)) {
      yield* messages(attribute, ATTRIBUTE.graph);
    }
  }
}

/** Every named float tensor of a graph and of the graphs within it: initializers and constants. */
function* floatTensors(graph) {
  for (const tensor of messages(graph, GRAPH.initializer)) yield* readTensor(tensor);
  for (const node of messages(graph, GRAPH.node)) {
    for (const attribute of messages(node, NODE_ATTRIBUTE)) {
      for (const tensor of messages(attribute, ATTRIBUTE.tensor)) yield* readTensor(tensor);
    }
  }
  for (const inner of branches(graph)) yield* floatTensors(inner);
}

function* readTensor(message) {
  const tensor = { name: '', dataType: 0, dims: [], data: new Uint8Array() };
  for (const { number, value } of fields(message)) {
    if (number === TENSOR.dims) tensor.dims.push(...varints(value));
    else if (number === TENSOR.dataType) tensor.dataType = value;
    else if (number === TENSOR.name) tensor.name = Buffer.from(value).toString('utf8');
    else if (number === TENSOR.rawData || number === TENSOR.floatData) tensor.data = value;
  }
  if (tensor.dataType !== FLOAT32 || tensor.name === '') return;
  const elements = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (tensor.data.length !== elements * 4) {
    throw new Error(
      `tensor ${tensor.name} has ${tensor.data.length} bytes for ${elements} elements`,
    );
  }
  yield tensor;
}

function* messages(message, wanted) {
  for (const { number, value } of fields(message)) {
    if (number === wanted && typeof value !== 'number') yield value;
  }
}

/** Fields of a protobuf message: a number for a varint, else the bytes. */
function* fields(message) {
  let at = 0;
  while (at < message.length) {
    const key = readVarint(message, at);
    const number = Math.floor(key.value / 8);
    const field = readValue(message, key.end, key.value % 8);
    at = field.end;
    yield { number, value: field.value };
  }
}

function readValue(message, at, wireType) {
  if (wireType === 0) return readVarint(message, at);
  const length =
    wireType === 2
      ? readVarint(message, at)
      : { value: { 1: 8, 5: 4 }[wireType] ?? Number.NaN, end: at };
  const end = length.end + length.value;
  // Also where the length is not a number: a wire type that does not exist.
  if (!(end <= message.length)) throw new Error('a field runs past the end of its message');
  return { value: message.subarray(length.end, end), end };
}

function readVarint(bytes, at) {
  let value = 0;
  for (let i = 0; i < 10; i += 1) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    // A product, not a shift: values pass 32 bits. Negative numbers lose precision and none is used.
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw new Error('a number does not end');
}

/** Repeated numbers come one by one or packed. */
function varints(value) {
  if (typeof value === 'number') return [value];
  const values = [];
  for (let at = 0; at < value.length; ) {
    const next = readVarint(value, at);
    values.push(next.value);
    at = next.end;
  }
  return values;
}

function serialize(networks, sha256) {
  const parts = [Buffer.from(MAGIC, 'ascii'), u32(VERSION), sha256];
  parts.push(u32(networks.size * Object.keys(TENSORS).length));
  for (const [rate, tensors] of [...networks].sort(([a], [b]) => a - b)) {
    for (const name of Object.values(TENSORS)) {
      const { dims, data } = tensors.get(name);
      const label = Buffer.from(`${rate}/${name}`, 'ascii');
      parts.push(Buffer.from([label.length]), label, Buffer.from([dims.length]), ...dims.map(u32));
      parts.push(data);
    }
  }
  return Buffer.concat(parts);
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function main([modelPath, outPath]) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const model = modelPath ?? join(root, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v6.onnx');
  const out = outPath ?? join(root, 'build/silero-v6.bin');
  try {
    extractVadWeights(model, out);
    console.log(`wrote ${out}`);
  } catch (error) {
    console.error(`extract-vad-weights: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2));
}
