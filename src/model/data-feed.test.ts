import { describe, expect, it } from 'vitest';
import { createDataFeed, type DataShare, wholeData } from './data-feed.ts';
import type { DataSource } from './scenario.ts';

const source = (order: DataSource['order'], to: number): DataSource => ({
  as: 'id',
  order,
  values: { kind: 'range', from: 1, to },
});

function draw(order: DataSource['order'], to: number, count: number, share: Partial<DataShare> = {}) {
  const feed = createDataFeed([source(order, to)], 7, { ...wholeData, ...share });
  return Array.from({ length: count }, () => feed.next(['id'])?.id);
}

describe('a feed of data', () => {
  it('goes through a sequence in order, and begins again', () => {
    expect(draw('sequence', 3, 5)).toEqual(['1', '2', '3', '1', '2']);
  });

  it('deals a sequence out to the feeds that share it', () => {
    expect(draw('sequence', 5, 3, { index: 0, count: 2 })).toEqual(['1', '3', '5']);
    expect(draw('sequence', 5, 3, { index: 1, count: 2 })).toEqual(['2', '4', '1']);
  });

  it('draws at random, but the same for the same seed', () => {
    expect(draw('random', 1e6, 10)).toEqual(draw('random', 1e6, 10));
    expect(draw('random', 1e6, 10)).not.toEqual(draw('random', 1e6, 10, { index: 1, count: 2 }));
  });

  it('asks services side by side the same, but gives each its own unique rows', () => {
    const lanes = [0, 1].map((index) => ({ lane: { index, count: 2 } }));
    expect(draw('random', 1e6, 10, lanes[0])).toEqual(draw('random', 1e6, 10, lanes[1]));
    expect(draw('unique', 6, 4, lanes[0])).toEqual(['1', '3', '5', undefined]);
    expect(draw('unique', 6, 4, lanes[1])).toEqual(['2', '4', '6', undefined]);
  });

  it('never gives a unique row twice, over threads, lanes and rounds', () => {
    const seen: string[] = [];
    let uniqueFrom: Readonly<Record<string, number>> = {};
    for (const round of [1, 2, 3]) {
      const feeds = [0, 1].flatMap((lane) =>
        [0, 1, 2].map((index) =>
          createDataFeed([source('unique', 1000)], 7, { index, count: 3, uniqueFrom, lane: { index: lane, count: 2 } }),
        ),
      );
      for (const [index, feed] of feeds.entries()) {
        for (let turn = 0; turn <= index * round; turn++) seen.push(feed.next(['id'])?.id ?? 'none');
      }
      uniqueFrom = { id: Math.max(...feeds.map((feed) => feed.used().id ?? 0)) };
    }
    expect(seen).not.toContain('none');
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('tells which source had no row left', () => {
    const feed = createDataFeed([source('unique', 1)], 1);
    expect([feed.next(['id']), feed.next(['id']), feed.exhausted()]).toEqual([{ id: '1' }, undefined, 'id']);
  });
});
