//! The hand-written loop's worker and nothing else: a program to be weighed.

fn main() -> steadfast_benchmarks::Result<()> {
    steadfast_benchmarks::work_floor()
}
