import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { traceService } from '../testing/traced-service.ts';

const folder = resolve('fixtures/orms');
const pages = [3, 8].flatMap((page) => [`/lazy?page=${page}`, `/eager?page=${page}`]);

test.each(['sequelize', 'typeorm', 'knex', 'drizzle'])(
  'what %s loads lazily is a proven N+1, and what it loads eagerly is none',
  async (orm) => {
    const service = await traceService(`${folder}/${orm}.js`, `${folder}/setup.sql`, pages, 2);
    expect(service.findingsOf('GET /lazy')).toMatchObject([
      {
        audit: 'n-plus-one',
        grade: 'proven',
        summary: expect.stringContaining('20 statements per request on authors'),
      },
    ]);
    expect(service.findingsOf('GET /eager')).toEqual([]);
  },
);
