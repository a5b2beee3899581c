/** The least that loading a CSV file into PostgreSQL can cost: COPY into a table without any index. */
import { open, stat } from 'node:fs/promises';
import { copyCsv, timed, withConnection } from './connection.ts';
import { columns, definitions } from './yellow-columns.ts';

/** Milliseconds of copying a CSV file over one connection, or over two that take half of it each. */
export async function bareCopy(databaseUrl: string, csv: string, connections: 1 | 2 = 1): Promise<number> {
  return withConnection(databaseUrl, async (client) => {
    await client.query('drop table if exists bare');
    await client.query(`create table bare (${definitions.join(', ')})`);
    const ms = await timed(async () => {
      if (connections === 1) return copyCsv(client, 'bare', columns, csv);
      const half = await lineStartNear(csv, Math.floor((await stat(csv)).size / 2));
      await Promise.all([
        copyCsv(client, 'bare', columns, csv, { end: half - 1 }),
        withConnection(databaseUrl, (other) => copyCsv(other, 'bare', columns, csv, { start: half })),
      ]);
    });
    await client.query('drop table bare');
    return ms;
  });
}

async function lineStartNear(csv: string, offset: number): Promise<number> {
  const file = await open(csv);
  try {
    const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, offset);
    return offset + buffer.indexOf(0x0a) + 1;
  } finally {
    await file.close();
  }
}
