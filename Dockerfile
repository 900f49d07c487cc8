# syntax=docker/dockerfile:1

# One image for all processes; what it runs is its command: `ingest`, `mapper`,
# `poster`, `projector`, or `counterfoil` with a command of its own.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The cache mounts keep the registry and what was built from one build to the
# next; so the programs are copied out of them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bins \
        --package cli --package ingest --package mapper --package poster --package projector \
    && mkdir -p /out/bin /out/data \
    && for program in counterfoil ingest mapper poster projector; do \
        strip --strip-debug -o "/out/bin/$program" "target/release/$program"; \
    done

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Counterfoil" \
      org.opencontainers.image.description="Posts every BigCommerce order and refund into Oracle Fusion's general ledger, and proves it" \
      org.opencontainers.image.licenses="Apache-2.0"
# The root certificates, for both APIs.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/bin/ /usr/local/bin/
# A new volume takes the owner of the folder that it is mounted on.
COPY --from=build --chown=10001:10001 /out/data/ /var/lib/counterfoil/
ENV COUNTERFOIL_CONFIG=/etc/counterfoil/counterfoil.toml \
    COUNTERFOIL__RULES=/etc/counterfoil/rules.toml \
    COUNTERFOIL__DATA_DIR=/var/lib/counterfoil \
    COUNTERFOIL__TELEMETRY__FORMAT=json
USER 10001:10001
WORKDIR /var/lib/counterfoil
CMD ["counterfoil", "--help"]
