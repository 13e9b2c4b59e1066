//! The program as its users run it: the binary itself, on the memory backend, in a folder of its own.

mod cycle;
mod dialogue;
mod failures;
mod refusals;
mod sandbox;
mod saved_plan;
#[cfg(unix)]
mod signals;
mod streams;
