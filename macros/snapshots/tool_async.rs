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
            ::steadfast::__private::ArgDef::new(
                "city",
                "City name, for example \"Lisbon\".",
                ::steadfast::__private::schema_of::<String>,
            ),
            ::steadfast::__private::ArgDef {
                default: ::core::option::Option::Some(|| ::steadfast::__private::default_value::<
                    Unit,
                >(Unit::C)),
                ..::steadfast::__private::ArgDef::new(
                    "unit",
                    "Unit of the temperature.",
                    ::steadfast::__private::schema_of::<Unit>,
                )
            },
        ],
        states: &[
            ::steadfast::__private::StateDef {
                name: ::core::any::type_name::<reqwest::Client>,
                id: ::core::any::TypeId::of::<reqwest::Client>,
            },
        ],
        options: ::steadfast::__private::ToolOptions {
            timeout: ::core::time::Duration::from_millis(10000u64),
            retries: 3u32,
            ..::steadfast::__private::ToolOptions::DEFAULT
        },
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
    /// Runs the tool `weather`: in a workflow as a durable step, which is recorded, retried, and not repeated by a replay; elsewhere in this process.
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
