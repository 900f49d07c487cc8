# syntax=docker/dockerfile:1

# Two images from one file:
#
#   docker build .                    what runs in production: `ingest`, `mapper`,
#                                     `poster`, `projector`, and `counterfoil` without
#                                     the stand-ins; which of them is the command
#   docker build --target sandbox .   `counterfoil` with the stand-ins for both ends

FROM rust:1.95-slim-bookworm AS source
WORKDIR /src
COPY . .

# The cache mounts keep the registry and what was built from one build to the
# next; so the programs are copied out of them in the same step.
FROM source AS programs
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bins --no-default-features \
        --package cli --package ingest --package mapper --package poster --package projector \
    && mkdir -p /out/bin /out/data \
    && for program in counterfoil ingest mapper poster projector; do \
        strip --strip-debug -o "/out/bin/$program" "target/release/$program"; \
    done

FROM source AS stand-ins
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package cli --bin counterfoil \
    && mkdir -p /out/bin \
    && strip --strip-debug -o /out/bin/counterfoil target/release/counterfoil

FROM debian:bookworm-slim AS base
LABEL org.opencontainers.image.title="Counterfoil" \
      org.opencontainers.image.description="Posts every BigCommerce order and refund into Oracle Fusion's general ledger, and proves it" \
      org.opencontainers.image.licenses="Apache-2.0"
# The root certificates, for both APIs.
COPY --from=source /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
USER 10001:10001

FROM base AS sandbox
COPY --from=stand-ins /out/bin/ /usr/local/bin/
WORKDIR /tmp
CMD ["counterfoil", "sandbox"]

# The last one is what is built when no target is named.
FROM base AS production
COPY --from=programs /out/bin/ /usr/local/bin/
# A new volume takes the owner of the folder that it is mounted on.
COPY --from=programs --chown=10001:10001 /out/data/ /var/lib/counterfoil/
ENV COUNTERFOIL_CONFIG=/etc/counterfoil/counterfoil.toml \
    COUNTERFOIL__RULES=/etc/counterfoil/rules.toml \
    COUNTERFOIL__DATA_DIR=/var/lib/counterfoil \
    COUNTERFOIL__TELEMETRY__FORMAT=json
WORKDIR /var/lib/counterfoil
CMD ["counterfoil", "--help"]
