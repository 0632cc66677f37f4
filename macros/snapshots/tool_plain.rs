// Written by a test; made of `tool_plain.input.rs`.

/// The distance between two points on Earth, in kilometres.
#[allow(clippy::needless_pass_by_value)]
fn distance(from: Point, to: Point, unit: Option<Unit>, context: ToolContext) -> f64 {
    haversine(from, to, unit, &context.idempotency_key)
}
/// The tool [`distance`](fn@distance), as agents list it.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct Distance {}
#[automatically_derived]
#[allow(deprecated)]
impl ::steadfast::__private::Tool for Distance {
    const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
        name: "great-circle",
        description: "The distance between two points on Earth, in kilometres.",
        path: ::core::concat!(::core::module_path!(), "::distance"),
        args: &[
            ::steadfast::__private::ArgDef::new(
                "from",
                "",
                ::steadfast::__private::schema_of::<Point>,
            ),
            ::steadfast::__private::ArgDef::new(
                "to",
                "",
                ::steadfast::__private::schema_of::<Point>,
            ),
            ::steadfast::__private::ArgDef {
                default: ::core::option::Option::Some(|| ::steadfast::__private::default_value::<
                    Option<Unit>,
                >(<Option<Unit> as ::core::default::Default>::default())),
                ..::steadfast::__private::ArgDef::new(
                    "unit",
                    "",
                    ::steadfast::__private::schema_of::<Option<Unit>>,
                )
            },
        ],
        states: &[],
        options: ::steadfast::__private::ToolOptions {
            task_queue: ::core::option::Option::Some("cpu"),
            ..::steadfast::__private::ToolOptions::DEFAULT
        },
        run: |invocation| ::steadfast::__private::run_blocking(
            invocation,
            |call| {
                let from = call.arg::<Point>(0usize)?;
                let to = call.arg::<Point>(1usize)?;
                let unit = call.arg::<Option<Unit>>(2usize)?;
                let context = call.context();
                call.done()?;
                ::core::result::Result::Ok(move || distance(from, to, unit, context))
            },
            ::steadfast::__private::infallible::<f64>,
        ),
    };
}
#[automatically_derived]
#[allow(dead_code, private_interfaces)]
impl Distance {
    /// Runs the tool `distance`: in a workflow as a durable step, which is recorded, retried, and not repeated by a replay; elsewhere in this process.
    fn call(
        from: Point,
        to: Point,
        unit: Option<Unit>,
    ) -> ::steadfast::__private::ToolRun<Distance, f64>
    where
        for<'__call> Point: ::steadfast::__private::Serialize,
        for<'__call> Point: ::steadfast::__private::Serialize,
        for<'__call> Option<Unit>: ::steadfast::__private::Serialize,
    {
        ::steadfast::__private::ToolRun::new([
            ::steadfast::__private::encode(&from),
            ::steadfast::__private::encode(&to),
            ::steadfast::__private::encode(&unit),
        ])
    }
}
