// Written by a test; made of `agent_handoffs.input.rs`.

/// Decides who takes over.
struct Triage;
#[automatically_derived]
impl ::steadfast::__private::Agent for Triage {
    type Output = ::std::string::String;
    const SPEC: &'static ::steadfast::__private::AgentSpec = &::steadfast::__private::AgentSpec {
        name: "Triage",
        description: "Decides who takes over.",
        path: ::core::concat!(::core::module_path!(), "::Triage"),
        type_name: ::core::option::Option::None,
        model: "ollama/llama3.2",
        toolsets: &[],
        hosted: &[],
        handoffs: &[
            ::steadfast::__private::HandoffSpec::to(|| {
                <Faq as ::steadfast::__private::Standalone>::WHOLE
            }),
            ::steadfast::__private::HandoffSpec::to(|| {
                <Refunds as ::steadfast::__private::Agent>::SPEC
            }),
        ],
        output: ::core::option::Option::None,
        max_turns: ::core::option::Option::None,
        settings: ::steadfast::__private::ModelSettings {
            temperature: ::core::option::Option::None,
            top_p: ::core::option::Option::None,
            max_tokens: ::core::option::Option::None,
            tool_choice: ::core::option::Option::None,
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
        ::std::vec![
            < Faq as ::steadfast::__private::Standalone > ::handoff(),
            ::steadfast::__private::Handoff::to(Refunds { region : "EU".to_owned() })
        ]
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
impl ::steadfast::__private::Standalone for Triage {
    fn standalone() -> Self {
        Self {}
    }
}
#[automatically_derived]
impl ::steadfast::__private::Startable for Triage {
    fn fields(&self) -> ::steadfast::__private::Fields {
        let Self {} = self;
        ::core::iter::FromIterator::from_iter([])
    }
}
#[automatically_derived]
impl ::steadfast::__private::Tool for Triage {
    const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
        name: "triage",
        description: "Decides who takes over.",
        module: ::core::module_path!(),
        item: "Triage",
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
    ::steadfast::__private::assert_no_wider(
        <Triage as ::steadfast::__private::Agent>::SPEC,
        <Faq as ::steadfast::__private::Standalone>::WHOLE,
    )
};
#[allow(long_running_const_eval)]
const _: () = {
    ::steadfast::__private::assert_no_wider(
        <Triage as ::steadfast::__private::Agent>::SPEC,
        <Refunds as ::steadfast::__private::Agent>::SPEC,
    )
};
