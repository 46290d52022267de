/** What is heard behind the agent: made by the engine, in loops of 24 s, each call from another place. */
export type BackgroundKind = 'office' | 'cafe' | 'street' | 'call_center' | 'keyboard';

export type BackgroundLevel = 'low' | 'medium' | 'high';

export interface BackgroundSound {
  readonly sound: BackgroundKind;
  readonly level: BackgroundLevel;
}

/** RMS. Speech on a telephone is at -26 to -20. */
export const BACKGROUND_LEVELS_DBFS: Readonly<Record<BackgroundLevel, number>> = Object.freeze({
  low: -46,
  medium: -40,
  high: -34,
});
