# syntax=docker/dockerfile:1
# The program in an image of its own, for pipelines, and for the mock AWS beside other containers (compose.yaml).
#
#   docker build -t ecs-foundation .
#   docker run --rm -v "$PWD/ecs-foundation.toml:/foundation/ecs-foundation.toml:ro" ecs-foundation plan

# Any Rust from the `rust-version` of Cargo.toml on.
ARG RUST=1.95
ARG DEBIAN=trixie

FROM rust:${RUST}-slim-${DEBIAN} AS build
WORKDIR /src
COPY . .
# The caches outlive the build, so the next one compiles what has changed; what is to stay is copied out of them.
# Without rust-toolchain.toml, which is not copied, the toolchain is the image's.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package ecs-foundation-cli \
    && install -D target/release/ecs-foundation /out/ecs-foundation

FROM debian:${DEBIAN}-slim
# The certificates that AWS's endpoints are checked with. No shell tools beyond the base are needed.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /foundation foundation
COPY --from=build /out/ecs-foundation /usr/local/bin/ecs-foundation
USER 10001
# ecs-foundation.toml is looked for here.
WORKDIR /foundation
EXPOSE 4566
ENTRYPOINT ["ecs-foundation"]
CMD ["--help"]
