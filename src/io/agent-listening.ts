import type { ListeningOptions, ReflexOptions, VadOptions } from '../media/media-engine.ts';
import type { AgentSpec } from '../voice/agent-spec.ts';

/** How the engine listens in a call of this agent: as it was set up, but for what the agent says otherwise. */
export function listeningOf(
  agent: Pick<AgentSpec, 'listening'>,
  usual: ListeningOptions,
): ListeningOptions {
  const { duckDb, reflexThreshold, reflexFrames, ...thresholds } = agent.listening ?? {};
  const vad: VadOptions = { ...usual.vad, ...thresholds };
  const reflex: ReflexOptions = {
    threshold: reflexThreshold ?? usual.reflex?.threshold ?? vad.onThreshold,
    frames: reflexFrames ?? usual.reflex?.frames ?? 1,
  };
  return { duckDb: duckDb ?? usual.duckDb, vad, reflex };
}
