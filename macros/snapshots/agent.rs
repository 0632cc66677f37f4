// Written by a test; made of `agent.input.rs`.

/// Plans weekend trips.
#[derive(Clone)]
pub struct TripPlanner {
    budget: u32,
    days: Vec<Day>,
}
#[automatically_derived]
impl ::steadfast::__private::Agent for TripPlanner {
    type Output = Itinerary;
    const SPEC: &'static ::steadfast::__private::AgentSpec = &::steadfast::__private::AgentSpec {
        name: "TripPlanner",
        description: "Plans weekend trips.",
        path: ::core::concat!(::core::module_path!(), "::TripPlanner"),
        type_name: ::core::option::Option::None,
        model: "gpt-5.6-luna",
        toolsets: &[
            <weather as ::steadfast::__private::Tool>::DEFS,
            <book_hotel as ::steadfast::__private::Tool>::DEFS,
        ],
        hosted: &[
            <weather as ::steadfast::__private::Tool>::HOSTED,
            <book_hotel as ::steadfast::__private::Tool>::HOSTED,
        ],
        handoffs: &[],
        output: ::core::option::Option::Some(
            ::steadfast::__private::agent_output::<Self>,
        ),
        max_turns: ::core::option::Option::Some(5u32),
        settings: ::steadfast::__private::ModelSettings {
            temperature: ::core::option::Option::Some(0.2f64),
            top_p: ::core::option::Option::None,
            max_tokens: ::core::option::Option::None,
            tool_choice: ::core::option::Option::Some(
                <weather as ::steadfast::__private::Tool>::CHOICE,
            ),
            parallel_tool_calls: ::core::option::Option::Some(false),
            reasoning: ::core::option::Option::Some(
                ::steadfast::__private::Cow::Borrowed("low"),
            ),
            metadata: ::core::option::Option::None,
            provider_options: ::core::option::Option::None,
        },
        options: ::steadfast::__private::AgentOptions::DEFAULT,
    };
    fn instructions(&self) -> ::core::option::Option<::std::string::String> {
        ::core::option::Option::Some(
            ::std::format!(
                "You plan trips within a budget of {budget} euros, {days:?} days long. Check the weather first.",
                budget = self.budget, days = self.days
            ),
        )
    }
    fn handoffs(&self) -> ::std::vec::Vec<::steadfast::__private::Handoff> {
        ::std::vec![]
    }
    fn as_workflow() -> ::core::option::Option<
        &'static ::steadfast::__private::ToolDef,
    > {
        #[allow(unused_imports)]
        use ::steadfast::__private::{NotStarted as _, Started as _};
        (&::steadfast::__private::Probe::<Self>::default()).def()
    }
    fn as_input(&self) -> ::core::option::Option<::steadfast::__private::Fields> {
        #[allow(unused_imports)]
        use ::steadfast::__private::{NotStarted as _, Started as _};
        (&::steadfast::__private::Probe::<Self>::default()).fields(self)
    }
}
#[automatically_derived]
impl ::steadfast::__private::Startable for TripPlanner
where
    for<'__steadfast> u32: ::steadfast::__private::ToolArgument,
    for<'__steadfast> Vec<Day>: ::steadfast::__private::ToolArgument,
    for<'__steadfast> u32: ::steadfast::__private::Serialize,
    for<'__steadfast> Vec<Day>: ::steadfast::__private::Serialize,
{
    fn fields(&self) -> ::steadfast::__private::Fields {
        let Self { budget: field_0, days: field_1 } = self;
        ::core::iter::FromIterator::from_iter([
            (
                ::std::string::String::from("budget"),
                ::steadfast::__private::default_value(field_0),
            ),
            (
                ::std::string::String::from("days"),
                ::steadfast::__private::default_value(field_1),
            ),
        ])
    }
}
#[automatically_derived]
impl ::steadfast::__private::Tool for TripPlanner
where
    for<'__steadfast> u32: ::steadfast::__private::ToolArgument,
    for<'__steadfast> Vec<Day>: ::steadfast::__private::ToolArgument,
{
    const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
        name: "tripplanner",
        description: "Plans weekend trips.",
        module: ::core::module_path!(),
        item: "TripPlanner",
        args: &[
            ::steadfast::__private::ArgDef::new::<u32>("budget", ""),
            ::steadfast::__private::ArgDef::new::<Vec<Day>>("days", ""),
            ::steadfast::__private::ArgDef::new::<::std::string::String>("input", ""),
        ],
        states: &[],
        options: ::steadfast::__private::ToolOptions::DEFAULT,
        run: ::steadfast::__private::Runs::Agent(::steadfast::__private::AgentTool {
            spec: || <Self as ::steadfast::__private::Agent>::SPEC,
            make: |call| match (
                call.arg::<u32>(0usize),
                call.arg::<Vec<Day>>(1usize),
                call.arg::<::std::string::String>(2usize),
            ) {
                (
                    ::core::option::Option::Some(field_0),
                    ::core::option::Option::Some(field_1),
                    ::core::option::Option::Some(_),
                ) => {
                    ::core::option::Option::Some(
                        ::steadfast::__private::Handoff::to(Self {
                            budget: field_0,
                            days: field_1,
                        }),
                    )
                }
                _ => ::core::option::Option::None,
            },
        }),
    };
}
#[allow(long_running_const_eval)]
const _: () = {
    ::steadfast::__private::assert_unique_tools(
        <TripPlanner as ::steadfast::__private::Agent>::SPEC,
    );
    ::steadfast::__private::assert_granted(
        <TripPlanner as ::steadfast::__private::Agent>::SPEC,
        <weather as ::steadfast::__private::Tool>::DEFS,
    );
    ::steadfast::__private::assert_granted(
        <TripPlanner as ::steadfast::__private::Agent>::SPEC,
        <book_hotel as ::steadfast::__private::Tool>::DEFS,
    );
};
