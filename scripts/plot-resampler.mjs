// Draws docs/images/resampler-response.svg from what the resampler of the engine does to tones.
//   make -C native/test measure && node scripts/plot-resampler.mjs
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const PROGRAM = join(ROOT, 'build/native/measure/resampler_response');
const IMAGE = join(ROOT, 'docs/images/resampler-response.svg');
const COLOURS = {
  8000: '#8250df',
  16000: '#0969da',
  22050: '#1a7f37',
  24000: '#bf8700',
  44100: '#cf222e',
  48000: '#57606a',
};
const PANEL = { width: 620, height: 250, left: 60, gap: 56, top: 46 };
const LEVELS_DB = { most: 10, least: -110 };

const rows = execFileSync(PROGRAM, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  .trim()
  .split('\n')
  .map((line) => line.split(',').map(Number));

function panel(outputHz, mostHz, top) {
  const x = (hz) => PANEL.left + (hz / mostHz) * PANEL.width;
  const y = (db) =>
    top +
    ((LEVELS_DB.most - Math.max(db, LEVELS_DB.least)) / (LEVELS_DB.most - LEVELS_DB.least)) *
      PANEL.height;
  return [
    `<text x="${PANEL.left}" y="${top - 10}" class="title">to ${outputHz / 1000} kHz</text>`,
    ...levelLines(y),
    ...frequencyLines(x, top, mostHz),
    limit(x(outputHz / 2), y(-60), x(mostHz)),
    ...curves(outputHz, mostHz, { x, y, top }),
  ].join('\n');
}

function levelLines(y) {
  return [0, -20, -40, -60, -80, -100].map(
    (db) =>
      `<line x1="${PANEL.left}" x2="${PANEL.left + PANEL.width}" y1="${y(db)}" y2="${y(db)}" class="grid"/>` +
      `<text x="${PANEL.left - 8}" y="${y(db) + 4}" class="axis" text-anchor="end">${db} dB</text>`,
  );
}

function frequencyLines(x, top, mostHz) {
  const steps = Array.from({ length: Math.floor(mostHz / 2000) + 1 }, (_, i) => i * 2000);
  return steps.map(
    (hz) =>
      `<line x1="${x(hz)}" x2="${x(hz)}" y1="${top}" y2="${top + PANEL.height}" class="grid"/>` +
      `<text x="${x(hz)}" y="${top + PANEL.height + 16}" class="axis" text-anchor="middle">${hz / 1000} kHz</text>`,
  );
}

function limit(fromX, y, toX) {
  return `<line x1="${fromX}" x2="${toX}" y1="${y}" y2="${y}" class="limit"/>`;
}

function curves(outputHz, mostHz, { x, y, top }) {
  const inputs = [...new Set(rows.filter(([, to]) => to === outputHz).map(([from]) => from))];
  return inputs.map((inputHz, i) => {
    const points = rows.filter(
      ([from, to, hz]) => from === inputHz && to === outputHz && hz <= mostHz,
    );
    const worst = points
      .map(([, , hz, toneDb, restDb]) => (hz >= outputHz / 2 ? Math.max(toneDb, restDb) : restDb))
      .reduce((most, db) => Math.max(most, db), -120);
    const path = points.map(([, , hz, db]) => `${x(hz).toFixed(1)},${y(db).toFixed(1)}`).join(' ');
    const rest = points
      .filter(([, , hz]) => hz < outputHz / 2)
      .map(([, , hz, , db]) => `${x(hz).toFixed(1)},${y(db).toFixed(1)}`)
      .join(' ');
    const colour = COLOURS[inputHz];
    const label = `${inputHz / 1000} kHz: ${worst.toFixed(1)} dB`;
    return (
      `<polyline points="${path}" stroke="${colour}" class="curve"/>` +
      `<polyline points="${rest}" stroke="${colour}" class="rest"/>` +
      `<text x="${PANEL.left + PANEL.width + 14}" y="${top + 16 + 18 * i}" class="axis" fill="${colour}">${label}</text>`
    );
  });
}

const width = PANEL.left + PANEL.width + 150;
const height = PANEL.top + 2 * PANEL.height + PANEL.gap + 30;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif">
<style>.grid{stroke:#d0d7de;stroke-width:.6}.limit{stroke:#cf222e;stroke-width:1;stroke-dasharray:5 4}.curve{fill:none;stroke-width:1.4}.rest{fill:none;stroke-width:.5;opacity:.6}.axis{font-size:11px}.title{font-size:13px;font-weight:bold}</style>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${PANEL.left}" y="18" class="title">Level of a tone behind the resampler (thin: all that is not the tone), and the worst alias or image</text>
${panel(8000, 24_000, PANEL.top)}
${panel(16_000, 24_000, PANEL.top + PANEL.height + PANEL.gap)}
</svg>
`;
mkdirSync(dirname(IMAGE), { recursive: true });
writeFileSync(IMAGE, svg);
console.log(`wrote ${IMAGE}`);
