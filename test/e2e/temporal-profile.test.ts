/** Profiles of temporal.toml: what the Temporal CLI reads, fareflow's client and worker read in the same way. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { LoadReport } from '../../src/contract.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { type Certificates, type Cloud, makeCertificates, startCloud } from '../support/cloud.ts';
import { linesOf, runCli, startCli, startProgram } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { file, tripFile, useSource } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MONTH = '2021-03';
const API_KEY = 'a-key-that-nobody-else-has';

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const clouds: Cloud[] = [];
let certificates: Certificates;
let configHome: string;

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

beforeAll(async () => {
  if (!hasOpenssl) return;
  source.publish('green', MONTH, file(tripFile({ dataset: 'green', month: MONTH, rows: 50 })));
  certificates = makeCertificates(await temporaryDirectory());
  const { ca, clientCert, clientKey } = certificates;
  clouds.push(
    await startCloud(temporal.address, certificates, { certificate: true }),
    await startCloud(temporal.address, certificates, { apiKey: API_KEY }),
  );
  configHome = await temporaryDirectory();
  await mkdir(join(configHome, 'temporalio'));
  await writeFile(
    join(configHome, 'temporalio', 'temporal.toml'),
    `[profile.mtls]
address = "${clouds[0]?.address}"
namespace = "default"
[profile.mtls.tls]
client_cert_path = "${clientCert}"
client_key_path = "${clientKey}"
server_ca_cert_path = "${ca}"

[profile.key]
address = "${clouds[1]?.address}"
namespace = "default"
api_key = "${API_KEY}"
[profile.key.tls]
server_ca_cert_path = "${ca}"

[profile.nobody]
address = "${clouds[0]?.address}"
[profile.nobody.tls]
server_ca_cert_path = "${ca}"
`,
  );
});
afterAll(() => Promise.all(clouds.map((cloud) => cloud.close())));

const environment = (profile: string) => ({
  XDG_CONFIG_HOME: configHome,
  TEMPORAL_PROFILE: profile,
  DATABASE_URL: database.url,
  FAREFLOW_CSV_URL: source.urlTemplate,
});

describe.skipIf(!hasOpenssl)('a profile of temporal.toml', () => {
  it.each([
    ['mtls', 0, 'TLS'],
    ['key', 1, 'TLS, API key'],
  ] as const)(
    '%s: worker, client and doctor connect by it, as the Temporal CLI does',
    async (profile, i, how) => {
      const env = environment(profile);
      const cli = await startProgram(inject('temporalCli'), ['operator', 'cluster', 'health'], { env });
      expect(await cli.result).toMatchObject({ code: 0 });
      const worker = await startCli(['worker'], { env });
      try {
        await worker.wrote(/worker is ready/);
        const load = await runCli(['load', 'green', MONTH, '--force', '--json'], { env });
        expect(load.code, load.stderr).toBe(0);
        expect(JSON.parse(load.stdout) as LoadReport).toMatchObject({ status: 'loaded', rowsInFile: 50 });
        const doctor = await runCli(['doctor', '--json'], { env });
        const { checks } = JSON.parse(doctor.stdout) as { checks: Finding[] };
        expect(checks[0]?.found).toMatch(new RegExp(`at ${clouds[i]?.address}, ${how}$`));
        const tctl = await runCli(['tctl', 'workflow', 'count'], { env });
        expect(tctl, tctl.stderr).toMatchObject({ code: 0 });
        expect(doctor.stdout + load.stderr).not.toContain(API_KEY);
      } finally {
        worker.child.kill('SIGTERM');
        const { stdout, stderr } = await worker.result;
        expect(stdout + stderr).not.toContain(API_KEY);
      }
      const { authorization, clients } = clouds[i]?.seen ?? { authorization: new Set(), clients: new Set() };
      expect([...authorization]).toEqual([profile === 'key' ? `Bearer ${API_KEY}` : '']);
      expect([...clients]).toEqual(profile === 'key' ? [] : ['a worker']);
    },
  );

  it('tctl’s flags and variables for TLS mean the same', async () => {
    const { ca, clientCert, clientKey } = certificates;
    const words = ['--ad', clouds[0]?.address ?? '', '--tls_ca_path', ca, '--tls_key_path', clientKey];
    const env = { TEMPORAL_CLI_TLS_CERT: clientCert };
    expect(await runCli(['tctl', ...words, 'wf', 'count'], { env })).toMatchObject({ code: 0, stderr: '' });
  });

  it('without the certificate that the server wants is one line and exit code 1', async () => {
    const { code, stderr } = await runCli(['status'], { env: environment('nobody') });
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(/^fareflow: Temporal does not answer at localhost:/),
    ]);
  });

  it('that there is not, or names a file that there is not, is one line and exit code 2', async () => {
    const [unknown, unreadable] = await Promise.all([
      runCli(['status'], { env: environment('prod') }),
      runCli(['status'], { env: { ...environment('mtls'), TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem' } }),
    ]);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toMatch(
      /^fareflow: Temporal's configuration cannot be read \(Profile 'prod' not found.*TEMPORAL_PROFILE.*\n$/,
    );
    expect(unreadable).toMatchObject({ code: 2, stdout: '' });
    expect(unreadable.stderr).toMatch(/^fareflow: Temporal's configuration .*\/nowhere\.pem.*\n$/);
  });
});
