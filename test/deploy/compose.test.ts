import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The lines of a file, without comments and blank ones. */
const linesOf = (path: string): string[] =>
  read(path)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));

const compose = linesOf('docker-compose.yml');
const composeText = compose.join('\n');

/** The lines that are nested below the line `header`. */
function block(header: string, lines = compose): string[] {
  const start = lines.indexOf(header);
  if (start < 0) throw new Error(`no line ${JSON.stringify(header)}`);
  const depth = header.length - header.trimStart().length;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.length - line.trimStart().length <= depth);
  return end < 0 ? rest : rest.slice(0, end);
}

const all = (pattern: RegExp, text: string): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

const serviceNames = all(/^ {2}([a-z-]+):$/gm, block('services:').join('\n'));
const workerText = block('  worker:').join('\n');

/** `NAME=…` and `#NAME=…`. */
const documented = all(/^#?([A-Z][A-Z0-9_]*)=/gm, read('.env.example'));
const substituted = all(/\$\{([A-Z][A-Z0-9_]*)/g, composeText);
/** `NAME:` without a value: taken from .env as it is. */
const passedThrough = all(/^ {6}([A-Z][A-Z0-9_]*):$/gm, composeText);

// At least two numbers, so `18` or `latest` will not do.
const PINNED = /^[\w./-]+:\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/;

describe('docker-compose.yml', () => {
  it('runs the eight services of the documented set-up', () => {
    expect(serviceNames.toSorted()).toEqual([
      'pgadmin',
      'postgres',
      'temporal',
      'temporal-namespace',
      'temporal-postgres',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ]);
  });

  it('pins every image to at least a minor version', () => {
    const images = all(/^\s*image: (.+)$/gm, composeText);
    expect(images.length).toBeGreaterThanOrEqual(6);
    for (const image of images) expect(image).toMatch(PINNED);
  });

  it('uses one version of the Temporal server and its admin tools', () => {
    const [tools] = all(/temporalio\/admin-tools:(\S+)/g, composeText);
    const [server] = all(/temporalio\/server:(\S+)/g, composeText);
    expect(tools).toBe(server);
  });

  it('publishes every port on 127.0.0.1 only', () => {
    const published = serviceNames
      .map((name) => block(`  ${name}:`))
      .filter((lines) => lines.includes('    ports:'))
      .flatMap((lines) => block('    ports:', lines));
    expect(published).toHaveLength(4);
    for (const port of published) expect(port).toMatch(/^ {6}- 127\.0\.0\.1:/);
    expect(composeText).not.toMatch(/ports: *\[|network_mode|published:/);
  });

  it('needs no name of the host machine', () => {
    expect(composeText).not.toContain('host.docker.internal');
    expect(composeText).not.toContain('extra_hosts');
  });

  it('requires every password and gives none a default', () => {
    const passwords = all(/^ +\w*(?:PASSWORD|PWD): (.*)$/gm, composeText);
    expect(passwords.length).toBeGreaterThanOrEqual(5);
    for (const value of passwords) expect(value).toMatch(/^\$\{\w+_PASSWORD:\?[^}]+\}$/);
    expect(read('.env.example')).not.toMatch(/^\w*PASSWORD=./m);
  });

  it('uses only variables that .env.example explains', () => {
    expect(passedThrough).not.toHaveLength(0);
    for (const name of [...substituted, ...passedThrough]) expect(documented).toContain(name);
  });

  it('keeps the data of PostgreSQL 18 where its image expects a volume', () => {
    const volumes = all(/^ {6}- ([a-z-]+:\/var\/lib\/postgresql.*)$/gm, composeText);
    expect(volumes).toEqual(['warehouse:/var/lib/postgresql', 'temporal-postgres:/var/lib/postgresql']);
  });

  it('gives the worker more than its 40 seconds to stop', () => {
    const [seconds] = all(/stop_grace_period: (\d+)s/g, workerText);
    expect(Number(seconds)).toBeGreaterThan(40);
  });

  it('starts the worker only when databases, server and namespace are ready', () => {
    const conditions = block('    depends_on:', block('  worker:')).map((line) => line.trim());
    expect(conditions).toEqual([
      'postgres:',
      'condition: service_healthy',
      'temporal:',
      'condition: service_healthy',
      'temporal-namespace:',
      'condition: service_completed_successfully',
    ]);
  });
});

describe('.env.example', () => {
  const own = (names: string[]): string[] => names.filter((name) => name.startsWith('FAREFLOW_')).toSorted();

  it('explains exactly the variables of fareflow that the configuration reads', () => {
    const known = [...new Set(all(/\b(FAREFLOW_[A-Z_]+)\b/g, read('src/config.ts')))];
    expect(own(documented)).toEqual(own(known));
  });

  it('names every variable once', () => {
    expect(documented).toEqual([...new Set(documented)]);
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  it('pins every base image and uses no Alpine', () => {
    const bases = all(/^FROM (\S+)/gm, dockerfile);
    expect(bases.length).toBeGreaterThanOrEqual(2);
    for (const base of bases) {
      expect(base).toMatch(PINNED);
      expect(base).not.toContain('alpine');
    }
  });

  it('runs as a user with a fixed number and not as root', () => {
    expect(all(/^USER (.+)$/gm, dockerfile)).toEqual(['10001:10001']);
  });

  it('asks the same question about health as the compose file', () => {
    expect(dockerfile).toContain('["node", "dist/client.js", "worker", "--check"]');
    expect(workerText).toContain("['CMD', 'node', 'dist/client.js', 'worker', '--check']");
  });
});

describe('deploy/temporal', () => {
  const scripts = readdirSync(new URL('deploy/temporal/', root)).filter((name) => name.endsWith('.sh'));

  it('has the scripts that the compose file runs', () => {
    const run = all(/\/etc\/temporal\/fareflow\/([\w-]+\.sh)/g, composeText);
    expect(run.toSorted()).toEqual(scripts.toSorted());
  });

  it.each(scripts)('%s is a POSIX shell script that stops at the first error', (name) => {
    expect(read(`deploy/temporal/${name}`)).toMatch(/^#!\/bin\/sh\n(#.*\n)*set -eu\n/);
    execFileSync('sh', ['-n', fileURLToPath(new URL(`deploy/temporal/${name}`, root))]);
  });
});
