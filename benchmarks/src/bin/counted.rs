//! A reader of prepared answers whose allocations are counted, which makes it slow: a program of its own.

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() -> steadfast_benchmarks::Result<()> {
    let _counting = dhat::Profiler::builder().testing().build();
    steadfast_benchmarks::count_allocations(|| {
        let so_far = dhat::HeapStats::get();
        (so_far.total_blocks, so_far.total_bytes)
    })
}
