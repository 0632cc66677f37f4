// Written by a test; made of `tool_plain.input.rs`.

/// The distance between two points on Earth, in kilometres.
#[allow(clippy::items_after_statements, clippy::needless_pass_by_value)]
fn distance(from: Point, to: Point, unit: Option<Unit>, context: ToolContext) -> f64 {
    ::steadfast::__private::called_as_it_is("tool", "distance", false);
    haversine(from, to, unit, &context.idempotency_key)
}
/// The tool [`distance`](fn@distance), as agents list it.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct Distance {}
#[allow(deprecated, dead_code, private_interfaces)]
const _: () = {
    use ::steadfast::__private as __sf;
    #[automatically_derived]
    impl __sf::Tool for Distance {
        const DEF: &'static __sf::ToolDef = &__sf::ToolDef {
            name: "great-circle",
            description: "The distance between two points on Earth, in kilometres.",
            module: ::core::module_path!(),
            item: "distance",
            args: &[
                __sf::ArgDef::new::<Point>("from", ""),
                __sf::ArgDef::new::<Point>("to", ""),
                __sf::ArgDef {
                    default: __sf::Some(|| __sf::default_value::<
                        Option<Unit>,
                    >(<Option<Unit> as ::core::default::Default>::default())),
                    ..__sf::ArgDef::new::<Option<Unit>>("unit", "")
                },
            ],
            states: &[],
            options: __sf::ToolOptions {
                task_queue: __sf::Some("cpu"),
                ..__sf::ToolOptions::DEFAULT
            },
            run: __sf::Runs::Function(|mut call| match (
                call.arg::<Point>(0usize),
                call.arg::<Point>(1usize),
                call.arg::<Option<Unit>>(2usize),
                call.context(),
            ) {
                (
                    __sf::Some(from),
                    __sf::Some(to),
                    __sf::Some(unit),
                    __sf::Some(context),
                ) => {
                    __sf::run_blocking(
                        call,
                        move || distance(from, to, unit, context),
                        __sf::infallible::<f64>,
                    )
                }
                _ => __sf::refuse(call),
            }),
        };
    }
    #[automatically_derived]
    impl Distance {
        /// Runs the tool `distance`: in a workflow as a durable step, which is recorded, retried, and not repeated by a replay; elsewhere in this process.
        fn call(
            from: Point,
            to: Point,
            unit: Option<Unit>,
        ) -> __sf::ToolRun<Distance, (Point, (Point, (Option<Unit>, ()))), f64> {
            __sf::ToolRun::new((from, (to, (unit, ()))))
        }
    }
};
