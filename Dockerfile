# syntax=docker/dockerfile:1
# The server as a small image: web client, then binary, then a Debian that holds only the two.

FROM node:22-bookworm-slim AS web
WORKDIR /src/web-client
COPY web-client/package.json web-client/package-lock.json ./
RUN --mount=type=cache,target=/npm-cache npm ci --no-audit --no-fund --cache /npm-cache
COPY web-client ./
RUN npm run build

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
COPY --from=web /src/web-client/dist web-client/dist
# The target folder is a cache and not part of the layer, so the binary is copied out of it. Cargo goes by the files'
# times: without the touch, an older checkout would get the binary of a newer one that was built on the same machine.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,id=breakroom-target,target=/src/target,sharing=locked \
    find . -path ./target -prune -o -type f -exec touch {} + \
    && cargo build --release --locked -p breakroom \
    && cp target/release/breakroom /usr/local/bin/breakroom

FROM debian:bookworm-slim
# Certificates for a Home Assistant behind https; curl for the health check.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --uid 10001 breakroom \
    && install --directory --owner breakroom --mode 0700 /data
COPY --from=build /usr/local/bin/breakroom /usr/local/bin/breakroom
USER breakroom
ENV BREAKROOM_DATA=/data \
    BREAKROOM_LISTEN=0.0.0.0:8127
VOLUME /data
EXPOSE 8127
# Asks our own port only: a connection to debugpy's that isn't the real one would break debugpy.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8127/api/server"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["breakroom"]
CMD ["serve"]
