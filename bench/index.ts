/** `npm run bench [-- NAME …]`: runs one benchmark; without a name, the report on everything that a load costs. */
const benches: Record<string, () => Promise<unknown>> = {
  report: () => import('./report.ts'),
  parquet: () => import('./parquet.ts'),
  normalise: () => import('./normalise.ts'),
};

const [name] = process.argv.slice(2);
const named = name !== undefined && !name.startsWith('-');
const bench = benches[named ? name : 'report'];
if (bench === undefined) {
  console.error(`there is no benchmark ${name ?? ''}; there are ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
} else {
  if (named) process.argv.splice(2, 1);
  await bench();
}
