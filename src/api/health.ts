/** What the API asks of the running process to answer `/health`. */
export interface HealthSource {
  /** True from SIGTERM on: no new calls. */
  isDraining(): boolean;
  /** By part: `signaling`, `media`, ... The store's own is added by the API. */
  checks(): Readonly<Record<string, HealthCheck>>;
  providers(): ProviderChoice;
}

export interface HealthCheck {
  readonly isUp: boolean;
  readonly detail?: string;
}

/** Which providers calls use, and why these. */
interface ProviderChoice {
  readonly stt: string;
  readonly llm: string;
  readonly tts: string;
  readonly notes: readonly string[];
}
