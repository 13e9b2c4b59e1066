# syntax=docker/dockerfile:1
# An image of the program for CI pipelines, and for running the mock AWS next to other containers
# (compose.yaml).
#
#   docker build -t ecs-foundation .
#   docker run --rm -v "$PWD/ecs-foundation.toml:/foundation/ecs-foundation.toml:ro" ecs-foundation plan

# Any Rust version that satisfies `rust-version` in Cargo.toml.
ARG RUST=1.95
ARG DEBIAN=trixie

FROM rust:${RUST}-slim-${DEBIAN} AS build
WORKDIR /src
COPY . .
# The caches persist across builds, so that the next build compiles only what has changed; the binary is
# copied out of them. rust-toolchain.toml is not copied, so the image's toolchain is used.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package ecs-foundation-cli \
    && install -D target/release/ecs-foundation /out/ecs-foundation

FROM debian:${DEBIAN}-slim
# The CA certificates for AWS endpoints.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /foundation foundation
COPY --from=build /out/ecs-foundation /usr/local/bin/ecs-foundation
USER 10001
# The program looks for ecs-foundation.toml here.
WORKDIR /foundation
EXPOSE 4566
ENTRYPOINT ["ecs-foundation"]
CMD ["--help"]
