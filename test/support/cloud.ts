/** A server in front of Temporal that wants what Temporal Cloud wants: TLS, and a client certificate or an API key. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

/** Certificates of an authority of the test's own. */
export interface Certificates {
  ca: string;
  serverCert: string;
  serverKey: string;
  clientCert: string;
  clientKey: string;
}

/** Makes an authority, a server's certificate for `localhost` and a client's, as files in a directory. */
export function makeCertificates(directory: string): Certificates {
  const path = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl(
    ...['req', '-x509', ...newKey, '-subj', '/CN=Test authority'],
    ...['-keyout', path('ca.key'), '-out', path('ca.pem')],
  );
  for (const [name, subject] of [
    ['server', 'localhost'],
    ['client', 'a worker'],
  ] as const) {
    openssl(
      ...[
        'req',
        '-x509',
        ...newKey,
        '-CA',
        path('ca.pem'),
        '-CAkey',
        path('ca.key'),
        '-subj',
        `/CN=${subject}`,
      ],
      ...['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:false'],
      ...['-keyout', path(`${name}.key`), '-out', path(`${name}.pem`)],
    );
  }
  return {
    ca: path('ca.pem'),
    serverCert: path('server.pem'),
    serverKey: path('server.key'),
    clientCert: path('client.pem'),
    clientKey: path('client.key'),
  };
}

/** The server, which knows who came. */
export interface Cloud {
  /** `localhost:port`. */
  readonly address: string;
  /** The header `authorization` of the requests that came, and the subjects of their certificates. */
  readonly seen: { authorization: Set<string>; clients: Set<string> };
  close(): Promise<void>;
}

/** Passes on to Temporal what comes with a certificate of the authority, or with this API key. */
export async function startCloud(
  temporalAddress: string,
  certificates: Certificates,
  wants: { certificate: true } | { apiKey: string },
): Promise<Cloud> {
  const temporal = connect(`http://${temporalAddress}`);
  const seen = { authorization: new Set<string>(), clients: new Set<string>() };
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({
    cert: readFileSync(certificates.serverCert),
    key: readFileSync(certificates.serverKey),
    ca: readFileSync(certificates.ca),
    requestCert: 'certificate' in wants,
    rejectUnauthorized: 'certificate' in wants,
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string } };
    if (subject?.CN !== undefined) seen.clients.add(subject.CN);
  });
  server.on('stream', (stream, headers) => {
    const { authorization = '' } = headers;
    seen.authorization.add(authorization);
    stream.on('error', () => undefined);
    if ('apiKey' in wants && authorization !== `Bearer ${wants.apiKey}`) {
      return stream.respond(
        { ':status': 200, 'grpc-status': '16', 'grpc-message': 'no' },
        { endStream: true },
      );
    }
    const { ':method': method, ':path': path, ...others } = headers;
    const own = Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith(':')));
    const request = temporal.request({ ':method': method, ':path': path, ...own });
    request.on('error', () => stream.close());
    stream.on('close', () => request.close());
    stream.pipe(request);
    let trailers: IncomingHttpHeaders = {};
    request.on('response', ({ ':status': status, ...answer }, flags) => {
      if (stream.destroyed) return;
      // An answer that is an error has no body.
      if ((flags & 1) !== 0) return stream.respond({ ':status': status, ...answer }, { endStream: true });
      stream.respond({ ':status': status, ...answer }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      request.pipe(stream);
    });
    request.on('trailers', (sent: IncomingHttpHeaders) => {
      trailers = sent;
    });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      sessions.forEach((session) => session.destroy());
      temporal.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
