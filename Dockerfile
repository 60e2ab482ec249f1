# Frontgate in a container: `docker build -t frontgate .`
#
# Alone, it keeps a SQLite file and its secret key in /var/lib/frontgate:
#   docker run -v frontgate:/var/lib/frontgate -p 127.0.0.1:8000:8000 frontgate
# With PostgreSQL: docker-compose.yml. More in docs/deployment.md.

FROM rust:1.95-slim-bookworm AS build

# pg-bundled-tls compiles libpq against OpenSSL, which pkg-config finds.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /build
COPY . .

# The dependencies stay compiled between builds. Cargo compares times, and an older
# checkout has older ones: touched, our own code is always compiled again.
RUN --mount=type=cache,id=frontgate-registry,target=/usr/local/cargo/registry \
    --mount=type=cache,id=frontgate-target,sharing=locked,target=/build/target \
    touch build.rs src/lib.rs src/main.rs \
    && cargo build --release --locked --no-default-features --features pg-bundled-tls \
    && cp target/release/frontgate /frontgate

FROM debian:bookworm-slim

# The certificates are for sslmode=verify-full with a public authority.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --uid 10001 --home-dir /var/lib/frontgate --shell /usr/sbin/nologin frontgate \
    && install -d -o frontgate -g frontgate -m 0700 /var/lib/frontgate

COPY --from=build /frontgate /usr/local/bin/frontgate

ENV FRONTGATE_BIND=0.0.0.0:8000
WORKDIR /var/lib/frontgate
# The number of the user frontgate: Kubernetes' runAsNonRoot wants a number.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["frontgate", "healthcheck"]
ENTRYPOINT ["frontgate"]
CMD ["serve"]
