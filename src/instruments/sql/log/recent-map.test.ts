import { expect, it } from 'vitest';
import { createRecentMap } from './recent-map.ts';

it('gives up the states that were not asked for longest, and counts them', () => {
  const left: string[] = [];
  const map = createRecentMap(
    16,
    (key) => key,
    (state) => left.push(state),
  );
  for (let key = 0; key < 16; key++) map.get(`${key}`);
  map.get('0');
  map.get('new');
  expect(left).toEqual(['1', '2']);
  expect(map.givenUp).toBe(2);
  expect([...map.values()]).toContain('0');
  map.giveUpOldest();
  expect(left).toEqual(['1', '2', '3']);
});
