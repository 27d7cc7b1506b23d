import { describe, expect, test } from 'vitest';
import { createRandom } from '../../dist/model/random.js';
import { createHistogram } from '../../dist/stats/histogram.js';
import { judgeAll } from './methods.js';
import { drawMs } from './service-times.js';

const [ours, benchstat, pooled, inTurns, stored] = [0, 1, 2, 3, 4];

describe('of measurements of the same service', () => {
  test('on a machine that never changes, the tests raise an alarm about one time in twenty', () => {
    const random = createRandom(5);
    const words = judgeAll(simulate(100, 1, random, steady), 1).map((method) => method.words);
    expect(alarms(words[benchstat])).toBeLessThan(12);
    expect(alarms(words[pooled])).toBeLessThan(12);
    expect(alarms(words[inTurns])).toBe(0);
  });

  test('on one whose rounds differ, the test of all requests cries wolf, and a stored baseline does', () => {
    const random = createRandom(6);
    // Each side of each round has a speed of its own, and each measurement a minute of its own.
    const noise = () => {
      const minute = Math.exp(0.13 * normal(random));
      return () => minute * Math.exp(0.06 * normal(random));
    };
    const words = judgeAll(simulate(100, 1, random, noise), 1).map((method) => method.words);
    expect(alarms(words[pooled])).toBeGreaterThan(30);
    expect(alarms(words[stored])).toBeGreaterThan(30);
    expect(alarms(words[benchstat])).toBeLessThan(13);
  });
});

describe('of a service that is a fifth slower', () => {
  test('all of them say so on a machine that never changes', () => {
    const records = simulate(10, 1.2, createRandom(7), steady);
    for (const { words } of judgeAll(records, 1).slice(benchstat)) {
      expect(words).toEqual(records.map(() => 'worse'));
    }
  });

  test('and that it got better where it was the other way round', () => {
    const records = simulate(10, 1 / 1.2, createRandom(8), steady);
    for (const { words } of judgeAll(records, 1).slice(benchstat)) {
      expect(words).toEqual(records.map(() => 'better'));
    }
  });
});

test('benchstat says nothing of three rounds, and nothing is compared with a baseline that there is not', () => {
  const [record] = simulate(1, 1.2, createRandom(9), steady);
  const words = judgeAll([{ ...record, rounds: record.rounds.slice(0, 3) }], 1).map((method) => method.words[0]);
  expect(words[benchstat]).toBe('unknown');
  expect(words[stored]).toBe('unknown');
  expect(words[inTurns]).toBe('worse');
});

test('our own word is the verdict that was measured', () => {
  const [record] = simulate(1, 1, createRandom(10), steady);
  const verdicts = ['REGRESSED', 'IMPROVED', 'OK', 'INCONCLUSIVE'];
  const records = verdicts.map((verdict) => ({ ...record, verdict }));
  expect(judgeAll(records, 1)[ours].words).toEqual(['worse', 'better', 'same', 'unknown']);
});

test('the seed alone decides whose baseline is taken', () => {
  const random = createRandom(12);
  const records = simulate(30, 1, random, () => {
    const minute = Math.exp(0.13 * normal(random));
    return () => minute;
  });
  const wordsOf = (seed) => judgeAll(records, seed)[stored].words;
  expect(wordsOf(1)).toEqual(wordsOf(1));
  expect(wordsOf(1)).not.toEqual(wordsOf(2));
});

function steady() {
  return () => 1;
}

/** Records of eight rounds with 400 requests a side; `noise` gives each record a source of factors, one a side and round. */
function simulate(count, slower, random, noise) {
  return Array.from({ length: count }, () => {
    const speed = noise();
    const side = (factor) => {
      const histogram = createHistogram();
      const scale = 1000 * speed();
      for (let request = 0; request < 400; request++) histogram.record(scale * drawMs(factor, random));
      return histogram.store();
    };
    return { verdict: 'OK', rounds: Array.from({ length: 8 }, () => ({ before: side(1), after: side(slower) })) };
  });
}

/** Box and Muller. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function alarms(words) {
  return words.filter((word) => word !== 'same').length;
}
