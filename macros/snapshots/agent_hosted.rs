// Written by a test; made of `agent_hosted.input.rs`.

/// Looks things up.
struct Researcher;
#[automatically_derived]
impl ::steadfast::__private::Agent for Researcher {
    type Output = ::std::string::String;
    const SPEC: &'static ::steadfast::__private::AgentSpec = &::steadfast::__private::AgentSpec {
        name: "Researcher",
        description: "Looks things up.",
        path: ::core::concat!(::core::module_path!(), "::Researcher"),
        type_name: ::core::option::Option::None,
        model: "gpt-5.6-luna",
        toolsets: &[
            <weather as ::steadfast::__private::Tool>::DEFS,
            <WebSearch as ::steadfast::__private::Tool>::DEFS,
            &[
                ::steadfast::__private::method(
                    <Bank as ::steadfast::__private::Tool>::DEFS,
                    "transfer",
                ),
            ],
        ],
        hosted: &[
            <weather as ::steadfast::__private::Tool>::HOSTED,
            <WebSearch as ::steadfast::__private::Tool>::HOSTED,
            &[
                || ::steadfast::__private::hosted(
                    FileSearch::new(["vs_1"]).max_results(5),
                ),
            ],
        ],
        handoffs: &[],
        output: ::core::option::Option::None,
        max_turns: ::core::option::Option::None,
        settings: ::steadfast::__private::ModelSettings {
            temperature: ::core::option::Option::None,
            top_p: ::core::option::Option::None,
            max_tokens: ::core::option::Option::None,
            tool_choice: ::core::option::Option::Some(
                ::steadfast::__private::ToolChoice::Hosted(
                    ::steadfast::__private::Cow::Borrowed(
                        <FileSearch as ::steadfast::__private::HostedTool>::KIND,
                    ),
                ),
            ),
            parallel_tool_calls: ::core::option::Option::None,
            reasoning: ::core::option::Option::None,
            metadata: ::core::option::Option::None,
            provider_options: ::core::option::Option::None,
        },
        options: ::steadfast::__private::AgentOptions::DEFAULT,
    };
    fn instructions(&self) -> ::core::option::Option<::std::string::String> {
        ::core::option::Option::None
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
impl ::steadfast::__private::Standalone for Researcher {
    fn standalone() -> Self {
        Self {}
    }
}
#[automatically_derived]
impl ::steadfast::__private::Startable for Researcher {
    fn fields(&self) -> ::steadfast::__private::Fields {
        let Self {} = self;
        ::core::iter::FromIterator::from_iter([])
    }
}
#[automatically_derived]
impl ::steadfast::__private::Tool for Researcher {
    const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
        name: "researcher",
        description: "Looks things up.",
        module: ::core::module_path!(),
        item: "Researcher",
        args: &[
            ::steadfast::__private::ArgDef::new::<::std::string::String>("input", ""),
        ],
        states: &[],
        options: ::steadfast::__private::ToolOptions::DEFAULT,
        run: ::steadfast::__private::Runs::Agent(::steadfast::__private::AgentTool {
            spec: || <Self as ::steadfast::__private::Agent>::SPEC,
            make: |call| match (call.arg::<::std::string::String>(0usize),) {
                (::core::option::Option::Some(_),) => {
                    ::core::option::Option::Some(
                        ::steadfast::__private::Handoff::to(Self {}),
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
        <Researcher as ::steadfast::__private::Agent>::SPEC,
    );
    ::steadfast::__private::assert_granted(
        <Researcher as ::steadfast::__private::Agent>::SPEC,
        <weather as ::steadfast::__private::Tool>::DEFS,
    );
    ::steadfast::__private::assert_granted(
        <Researcher as ::steadfast::__private::Agent>::SPEC,
        <WebSearch as ::steadfast::__private::Tool>::DEFS,
    );
    ::steadfast::__private::assert_granted(
        <Researcher as ::steadfast::__private::Agent>::SPEC,
        &[
            ::steadfast::__private::method(
                <Bank as ::steadfast::__private::Tool>::DEFS,
                "transfer",
            ),
        ],
    );
};
