//! Steadfast's worker and nothing else: a program to be weighed.

fn main() -> steadfast_benchmarks::Result<()> {
    steadfast_benchmarks::work_steadfast()
}
