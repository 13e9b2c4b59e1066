//! Benchmarks a complete foundation through each access path: a plan that finds no changes, and an
//! apply to an empty account.

use std::time::Duration;

use divan::Bencher;
use infra_core::engine::{Detail, Goal, RunOptions, Stack};
use infra_core::foundation::Foundation;
use infra_core::provider::Providers;
use infra_mock::MockAws;
use tests::{FORCE, PRESENT, spec};

use super::{AccessPath, wait};

async fn stack(providers: &Providers) -> Stack {
    let location = providers.location().await.expect("the mock returns an identity");
    Foundation::new(spec(), location).expect("the defaults are valid").stack(providers)
}

async fn reach(providers: &Providers, goal: Goal) {
    let stack = stack(providers).await;
    let options = RunOptions::default();
    let observation = stack.observe(Detail::Contents, &options).await.expect("every read succeeds");
    let plan = stack.plan(&observation, goal);
    let report =
        stack.apply(&plan, &options).await.expect("the plan has neither conflicts nor blockers");
    assert!(report.is_success(), "{report:#?}");
}

async fn plan(providers: &Providers) {
    let stack = stack(providers).await;
    let options = RunOptions::default();
    let observation = stack.observe(Detail::Contents, &options).await.expect("every read succeeds");
    divan::black_box(stack.plan(&observation, PRESENT));
}

fn bench_plan(bencher: Bencher<'_, '_>, providers: &Providers) {
    wait(reach(providers, PRESENT));
    bencher.bench(|| wait(plan(providers)));
    // The next benchmark on the same server must start without the foundation.
    wait(reach(providers, FORCE));
}

fn bench_apply(bencher: Bencher<'_, '_>, providers: &Providers) {
    bencher
        .with_inputs(|| wait(reach(providers, FORCE)))
        .bench_values(|()| wait(reach(providers, PRESENT)));
    wait(reach(providers, FORCE));
}

fn with_sdk(access_path: AccessPath, bench: impl FnOnce(&Providers)) {
    if let Some((config, _mock, _server)) = access_path.open() {
        bench(&infra_aws::providers(&config).expect("a region is set"));
    }
}

#[divan::bench(max_time = Duration::from_secs(3))]
fn plan_traits(bencher: Bencher<'_, '_>) {
    bench_plan(bencher, &MockAws::new().providers());
}

#[divan::bench(max_time = Duration::from_secs(3))]
fn plan_in_process(bencher: Bencher<'_, '_>) {
    with_sdk(AccessPath::InProcess, |providers| bench_plan(bencher, providers));
}

#[divan::bench(max_time = Duration::from_secs(3))]
fn plan_server(bencher: Bencher<'_, '_>) {
    with_sdk(AccessPath::Server, |providers| bench_plan(bencher, providers));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn plan_moto(bencher: Bencher<'_, '_>) {
    with_sdk(AccessPath::Moto, |providers| bench_plan(bencher, providers));
}

#[divan::bench(max_time = Duration::from_secs(3))]
fn apply_traits(bencher: Bencher<'_, '_>) {
    bench_apply(bencher, &MockAws::new().providers());
}

#[divan::bench(max_time = Duration::from_secs(3))]
fn apply_in_process(bencher: Bencher<'_, '_>) {
    with_sdk(AccessPath::InProcess, |providers| bench_apply(bencher, providers));
}

#[divan::bench(max_time = Duration::from_secs(3))]
fn apply_server(bencher: Bencher<'_, '_>) {
    with_sdk(AccessPath::Server, |providers| bench_apply(bencher, providers));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn apply_moto(bencher: Bencher<'_, '_>) {
    with_sdk(AccessPath::Moto, |providers| bench_apply(bencher, providers));
}
