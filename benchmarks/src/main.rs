//! The benchmark: `cargo run --release -p steadfast-benchmarks -- --help` says what it can be asked.

fn main() -> steadfast_benchmarks::Result<()> {
    steadfast_benchmarks::run()
}
