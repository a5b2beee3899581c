import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { variableNames } from '../../src/config.ts';

const root = new URL('../../', import.meta.url);
const directory = new URL('deploy/kubernetes/', root);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Probe {
  httpGet: { path: string; port: string };
}

interface Container {
  name: string;
  image: string;
  args: string[];
  envFrom: Record<string, { name: string }>[];
  ports?: { name: string; containerPort: number }[];
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  securityContext: Record<string, unknown>;
  volumeMounts?: { name: string; mountPath: string }[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
}

interface PodSpec {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext: Record<string, unknown>;
  containers: Container[];
  volumes?: { name: string }[];
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  resources?: string[];
  images?: { name: string; newTag: string }[];
  spec?: { selector?: unknown; template?: { metadata: { labels: unknown }; spec: PodSpec } };
}

const files = readdirSync(directory).filter((name) => name.endsWith('.yaml'));
const manifests = new Map(
  files.map((name) => {
    const documents = parseAllDocuments(read(`deploy/kubernetes/${name}`));
    if (documents.length !== 1 || documents[0] === undefined) throw new Error(`${name} is not one document`);
    expect(documents[0].errors).toEqual([]);
    return [name, documents[0].toJS() as Manifest];
  }),
);
const manifest = (name: string): Manifest => {
  const found = manifests.get(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const pods = [...manifests.values()].flatMap(({ kind, spec }) =>
  spec?.template === undefined ? [] : [{ kind, ...spec.template.spec }],
);
const worker = manifest('worker.yaml').spec?.template?.spec.containers[0] as Container;
const settings = manifest('config.yaml').data ?? {};

describe('deploy/kubernetes', () => {
  it('has one manifest a file, of kinds that Kubernetes has', () => {
    const kinds = [...manifests.values()].map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    expect(kinds.toSorted()).toEqual(
      [
        'apps/v1 Deployment',
        'batch/v1 Job',
        'kustomize.config.k8s.io/v1beta1 Kustomization',
        'networking.k8s.io/v1 NetworkPolicy',
        'policy/v1 PodDisruptionBudget',
        'v1 ConfigMap',
        'v1 Namespace',
        'v1 Secret',
        'v1 ServiceAccount',
      ].toSorted(),
    );
  });

  it('applies every manifest but the pattern of the secret', () => {
    const applied = manifest('kustomization.yaml').resources ?? [];
    const others = ['kustomization.yaml', 'secret.example.yaml'];
    expect(applied.toSorted()).toEqual(files.filter((name) => !others.includes(name)).toSorted());
  });

  it('runs the image of this version', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(manifest('kustomization.yaml').images).toEqual([{ name: 'fareflow', newTag: version }]);
    expect(pods.flatMap(({ containers }) => containers.map(({ image }) => image))).toEqual([
      'fareflow',
      'fareflow',
    ]);
  });

  it('runs as the user of the image, who is not root and may do nothing that it need not', () => {
    const [, user] = /^USER (\d+):\d+$/m.exec(read('Dockerfile')) ?? [];
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        serviceAccountName: manifest('service-account.yaml').metadata.name,
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: Number(user),
          seccompProfile: { type: 'RuntimeDefault' },
        },
      });
      for (const { securityContext } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  it('asks for resources and bounds the memory, above the heap of the image', () => {
    for (const { containers } of pods) {
      for (const { resources } of containers) {
        expect(Object.keys(resources.requests)).toEqual(['cpu', 'memory']);
        expect(resources.limits['memory']).toMatch(/^\d+[MG]i$/);
      }
    }
    const [, heapMb] = /--max-old-space-size=(\d+)/.exec(read('Dockerfile')) ?? [];
    const [, limitGi] = /^(\d+)Gi$/.exec(worker.resources.limits['memory'] ?? '') ?? [];
    expect(Number(limitGi) * 1024).toBeGreaterThan(Number(heapMb));
  });

  it('probes the worker where it serves its health', () => {
    const port = Number(settings['FAREFLOW_HEALTH_ADDRESS']?.replace(/^0\.0\.0\.0:/, ''));
    expect(worker.ports).toContainEqual({ name: 'health', containerPort: port });
    const probes = { startupProbe: '/readyz', readinessProbe: '/readyz', livenessProbe: '/healthz' } as const;
    for (const [name, path] of Object.entries(probes)) {
      expect(worker[name as keyof typeof probes]?.httpGet).toEqual({ path, port: 'health' });
    }
  });

  it('lets Prometheus in where the worker serves its metrics', () => {
    const port = Number(settings['FAREFLOW_METRICS_ADDRESS']?.replace(/^0\.0\.0\.0:/, ''));
    expect(worker.ports).toContainEqual({ name: 'metrics', containerPort: port });
    expect(read('deploy/kubernetes/worker.yaml')).toContain(`prometheus.io/port: '${port}'`);
    expect(read('deploy/kubernetes/network-policy.yaml')).toContain(`- port: ${port}`);
  });

  it('gives the worker more than its 40 seconds to stop', () => {
    const pod = pods.find(({ kind }) => kind === 'Deployment');
    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(40);
  });

  it('mounts a place for everything that is written, and nothing that is not there', () => {
    const [, home] = /FAREFLOW_HOME=(\S+)/.exec(read('Dockerfile')) ?? [];
    const [, cache] = /FAREFLOW_CACHE_DIR=(\S+)/.exec(read('Dockerfile')) ?? [];
    const mounts = worker.volumeMounts ?? [];
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual(expect.arrayContaining([home, cache, '/tmp']));
    const volumes = manifest('worker.yaml').spec?.template?.spec.volumes ?? [];
    expect(mounts.map(({ name }) => name).toSorted()).toEqual(volumes.map(({ name }) => name).toSorted());
  });

  it('sets only variables that fareflow or the Temporal CLI reads, and nothing secret', () => {
    const known = [...variableNames, 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE'];
    for (const name of Object.keys(settings)) expect(known).toContain(name);
    expect(JSON.stringify(settings)).not.toMatch(/password|api_key|postgres:/i);
    for (const { containers } of pods) {
      for (const { envFrom } of containers) {
        expect(envFrom).toEqual([
          { configMapRef: { name: 'fareflow' } },
          { secretRef: { name: 'fareflow' } },
        ]);
      }
    }
    expect(manifest('secret.example.yaml').metadata.name).toBe('fareflow');
  });

  it('selects the pods that it makes', () => {
    const { spec } = manifest('worker.yaml');
    const labels = spec?.template?.metadata.labels;
    expect(spec?.selector).toEqual({ matchLabels: labels });
    expect(manifest('disruption-budget.yaml').spec?.selector).toEqual({ matchLabels: labels });
  });

  const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
  it.skipIf(!kubectl)('is what kubectl puts together', () => {
    const all = execFileSync('kubectl', ['kustomize', fileURLToPath(directory)], { encoding: 'utf8' });
    expect(all).toMatch(/image: fareflow:\d+\.\d+\.\d+$/m);
  });
});
