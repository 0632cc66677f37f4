// Written by a test; made of `tool_async.input.rs`.

/// Current weather in a city.
#[allow(clippy::items_after_statements, clippy::needless_pass_by_value)]
pub async fn weather(
    city: String,
    unit: Unit,
    http: State<reqwest::Client>,
) -> Result<Forecast, ToolError> {
    ::steadfast::__private::called_as_it_is("tool", "weather", true);
    fetch(&http, &city, unit).await
}
/// The tool [`weather`](fn@weather), as agents list it.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct weather {}
#[allow(deprecated, dead_code, private_interfaces)]
const _: () = {
    use ::steadfast::__private as __sf;
    #[automatically_derived]
    impl __sf::Tool for weather {
        const DEF: &'static __sf::ToolDef = &__sf::ToolDef {
            name: "weather",
            description: "Current weather in a city.",
            module: ::core::module_path!(),
            item: "weather",
            args: &[
                __sf::ArgDef::new::<
                    String,
                >("city", "City name, for example \"Lisbon\"."),
                __sf::ArgDef {
                    default: __sf::Some(|| __sf::default_value::<Unit>(Unit::C)),
                    ..__sf::ArgDef::new::<Unit>("unit", "Unit of the temperature.")
                },
            ],
            states: &[__sf::StateDef::of::<reqwest::Client>()],
            options: __sf::ToolOptions {
                timeout: __sf::Duration::from_millis(10000u64),
                retries: 3u32,
                ..__sf::ToolOptions::DEFAULT
            },
            run: __sf::Runs::Function(|mut call| match (
                call.arg::<String>(0usize),
                call.arg::<Unit>(1usize),
                call.state::<reqwest::Client>(),
            ) {
                (__sf::Some(city), __sf::Some(unit), __sf::Some(http)) => {
                    __sf::run(
                        call,
                        weather(city, unit, http),
                        __sf::fallible::<Forecast, _>,
                    )
                }
                _ => __sf::refuse(call),
            }),
        };
    }
    #[automatically_derived]
    impl weather {
        /// Runs the tool `weather`: in a workflow as a durable step, which is recorded, retried, and not repeated by a replay; elsewhere in this process.
        pub fn call(
            city: String,
            unit: Unit,
        ) -> __sf::ToolRun<weather, (String, (Unit, ())), Forecast> {
            __sf::ToolRun::new((city, (unit, ())))
        }
    }
};
