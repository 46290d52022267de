import * as ort from 'onnxruntime-node';

/** Silero's network as its authors run it: ONNX Runtime, one 32 ms frame at a time behind the end of the frame before. */
export class ReferenceVad {
  readonly #session: ort.InferenceSession;

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  static async load(modelPath: string): Promise<ReferenceVad> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
    return new ReferenceVad(await ort.InferenceSession.create(modelPath, options));
  }

  /** Probabilities of the whole frames; `context: 'zeros'` leaves out the end of the frame before. */
  async probabilities(
    audio: Float32Array,
    sampleRateHz: number,
    context: 'previous' | 'zeros' = 'previous',
  ): Promise<number[]> {
    const frameSamples = (sampleRateHz / 1000) * 32;
    const contextSamples = frameSamples / 8;
    const input = new Float32Array(contextSamples + frameSamples);
    const rate = new ort.Tensor('int64', [BigInt(sampleRateHz)], []);
    let state = new ort.Tensor('float32', new Float32Array(2 * 128), [2, 1, 128]);
    const found: number[] = [];
    for (let at = 0; at + frameSamples <= audio.length; at += frameSamples) {
      if (context === 'previous') input.copyWithin(0, frameSamples);
      input.set(audio.subarray(at, at + frameSamples), contextSamples);
      const { stateN, output } = await this.#session.run({
        input: new ort.Tensor('float32', input, [1, input.length]),
        state,
        sr: rate,
      });
      state = stateN as ort.TypedTensor<'float32'>;
      found.push(Number(output?.data[0]));
    }
    return found;
  }
}
