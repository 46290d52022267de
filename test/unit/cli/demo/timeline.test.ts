import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Timeline, timelineLines, wrapped } from '../../../../src/cli/demo/timeline.ts';

/** What was written; not a terminal. */
function createTimeline() {
  let text = '';
  const output = new Writable({
    write(part, _encoding, done) {
      text += String(part);
      done();
    },
  });
  const timeline = new Timeline(output as NodeJS.WriteStream);
  return { timeline, written: () => text };
}

describe('wrapped', () => {
  test('fills lines up to the width and breaks between words', () => {
    expect(wrapped('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  });

  test('gives a word that is longer than a line a line of its own', () => {
    expect(wrapped('a incomprehensible b', 5)).toEqual(['a', 'incomprehensible', 'b']);
  });
});

describe('timelineLines', () => {
  test('puts seconds and speaker before the text and wraps the text under itself', () => {
    const lines = timelineLines(7.404, 'agent', 'word '.repeat(40).trim());
    expect(lines[0]).toMatch(/^ {3}7\.40 {2}agent {3}word word/);
    expect(lines[1]).toMatch(/^ {17}word/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(98);
  });
});

describe('Timeline', () => {
  test('writes entries in the order of their times, whenever they became known', () => {
    const { timeline, written } = createTimeline();
    timeline.start(1_000);
    timeline.line(3_000, 'agent', 'second');
    timeline.line(2_000, 'caller', 'first');
    timeline.flush();
    expect(written()).toBe('   1.00  caller  first\n   2.00  agent   second\n');
  });

  test('holds back what is later than the time it is flushed to', () => {
    const { timeline, written } = createTimeline();
    timeline.line(500, 'caller', 'now');
    timeline.line(900, 'agent', 'later');
    timeline.flush(500);
    expect(written()).toBe('   0.50  caller  now\n');
    timeline.flush();
    expect(written()).toContain('later');
  });

  test('writes everything before a heading', () => {
    const { timeline, written } = createTimeline();
    timeline.mark(100, 'the caller interrupts');
    timeline.heading('The files');
    expect(written()).toBe('   0.10          -- the caller interrupts --\n\nThe files\n\n');
  });

  test('writes no colours where there is no terminal', () => {
    const { timeline, written } = createTimeline();
    timeline.line(0, 'caller', 'plain');
    timeline.heading('also plain');
    expect(written()).not.toContain('\u001b');
  });
});
