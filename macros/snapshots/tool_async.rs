// Written by a test; made of `tool_async.input.rs`.

/// Current weather in a city.
#[allow(clippy::needless_pass_by_value)]
pub async fn weather(
    city: String,
    unit: Unit,
    http: State<reqwest::Client>,
) -> Result<Forecast, ToolError> {
    fetch(&http, &city, unit).await
}
/// The tool [`weather`](fn@weather), as agents list it.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct weather {}
#[automatically_derived]
#[allow(deprecated)]
impl ::steadfast::__private::Tool for weather {
    const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
        name: "weather",
        description: "Current weather in a city.",
        path: ::core::concat!(::core::module_path!(), "::weather"),
        args: &[
            ::steadfast::__private::ArgDef {
                name: "city",
                description: "City name, for example \"Lisbon\".",
                schema: ::steadfast::__private::schema_of::<String>,
                default: ::core::option::Option::None,
            },
            ::steadfast::__private::ArgDef {
                name: "unit",
                description: "Unit of the temperature.",
                schema: ::steadfast::__private::schema_of::<Unit>,
                default: ::core::option::Option::Some(|| ::steadfast::__private::default_value::<
                    Unit,
                >(Unit::C)),
            },
        ],
        states: &[
            ::steadfast::__private::StateDef {
                name: ::core::any::type_name::<reqwest::Client>,
                id: ::core::any::TypeId::of::<reqwest::Client>,
            },
        ],
        timeout: ::core::time::Duration::from_millis(10000u64),
        retries: 3u32,
        task_queue: ::core::option::Option::None,
        local: false,
        run: |invocation| ::steadfast::__private::run(
            invocation,
            |call| {
                let city = call.arg::<String>(0usize)?;
                let unit = call.arg::<Unit>(1usize)?;
                let http = call.state::<reqwest::Client>()?;
                call.done()?;
                ::core::result::Result::Ok(weather(city, unit, http))
            },
            ::steadfast::__private::fallible::<Forecast, _>,
        ),
    };
}
#[automatically_derived]
#[allow(dead_code, private_interfaces)]
impl weather {
    /// Runs the tool [`weather`](fn@weather): in a workflow as a durable step, which is recorded, retried, and not repeated by a replay; elsewhere in this process.
    pub fn call(
        city: String,
        unit: Unit,
    ) -> ::steadfast::__private::ToolRun<weather, Forecast>
    where
        for<'__call> String: ::steadfast::__private::Serialize,
        for<'__call> Unit: ::steadfast::__private::Serialize,
    {
        ::steadfast::__private::ToolRun::new([
            ::steadfast::__private::encode(&city),
            ::steadfast::__private::encode(&unit),
        ])
    }
}
