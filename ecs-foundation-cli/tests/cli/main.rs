//! Tests that run the built binary in a temporary directory, with the memory backend and over HTTP.

#[cfg(unix)]
mod account_guard;
#[cfg(unix)]
mod clients;
mod cost;
#[cfg(unix)]
mod credentials;
mod cycle;
mod deployer;
mod describe;
mod dialogue;
mod environments;
mod export;
mod failures;
mod graph;
mod hostile_text;
mod http;
mod init;
#[cfg(unix)]
mod interrupted;
mod localstack;
mod output_doc;
#[cfg(target_os = "linux")]
mod output_golden;
mod policy;
mod refusals;
mod regions;
#[cfg(unix)]
mod registry;
mod sandbox;
mod saved_plan;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod serve;
mod services;
#[cfg(target_os = "linux")]
mod shown;
#[cfg(unix)]
mod signals;
mod streams;
mod tasks;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(unix)]
mod terraform;
mod terraform_habits;
mod validate;
