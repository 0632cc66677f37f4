/// The distance between two points on Earth, in kilometres.
#[tool(name = "great-circle", task_queue = "cpu", as = Distance)]
fn distance(from: Point, to: Point, #[arg(default)] unit: Option<Unit>, context: ToolContext) -> f64 {
    haversine(from, to, unit, &context.idempotency_key)
}
