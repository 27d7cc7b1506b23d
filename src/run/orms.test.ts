import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { traceService } from '../testing/traced-service.ts';

const folder = resolve('fixtures/orms');
const pages = [3, 8].flatMap((page) => [`/lazy?page=${page}`, `/eager?page=${page}`]);

test.each([
  ['sequelize', 'lazy'],
  ['typeorm', 'withAuthor'],
  ['knex', 'lazy'],
  ['drizzle', 'lazy'],
])(
  'what %s loads lazily is a proven N+1, with the function that asks, and what it loads eagerly is none',
  async (orm, name) => {
    const service = await traceService(`${folder}/${orm}.js`, `${folder}/setup.sql`, pages, 2);
    expect(service.findingsOf('GET /lazy')).toMatchObject([
      {
        audit: 'n-plus-one',
        grade: 'proven',
        summary: expect.stringContaining('20 statements per request on authors'),
        evidence: expect.arrayContaining([
          expect.objectContaining({ kind: 'statement', place: expect.objectContaining({ name }) }),
        ]),
      },
    ]);
    expect(service.findingsOf('GET /eager')).toEqual([]);
  },
);
