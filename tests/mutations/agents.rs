//! The agents changed, and their tools: what that does to the steps of a run, and what does nothing.

/// The workflow with another `Booker`.
macro_rules! booker {
    ($version:ident($($option:tt)*) { $($items:tt)* }) => {
        pub(super) mod $version {
            #![allow(unused_imports, reason = "what a version leaves out, it does not use")]
            use super::super::original::{Refunds, WAIT, mail, price, reserve};
            use schemars::JsonSchema;
            use steadfast::{Turn, Verdict, prelude::*};

            $($items)*

            /// Books.
            #[agent($($option)*)]
            pub(super) struct Booker;

            #[workflow(name = "booking")]
            pub(in super::super) async fn booking(hotel: String) -> Result<String> {
                let price = super::super::original::price::call(hotel.clone()).await?;
                workflow::sleep(WAIT).await;
                let output = Booker.run(&hotel).await?.output;
                let said = serde_json::to_value(&output)?;
                let said = said.as_str().unwrap_or_default().to_owned();
                let (mail, reserved) =
                    workflow::join!(mail::call(said.clone()), super::super::original::reserve::call(hotel, 1));
                Ok(format!("{said}, {} for {price}, {}", reserved?, mail?))
            }
        }
    };
}

booker!(without_tool(model = "m", instructions = "You book.", tools = [reserve], handoffs = [Refunds]) {});

booker!(tool_renamed(model = "m", instructions = "You book.", tools = [cost, reserve], handoffs = [Refunds]) {
    /// What a night costs.
    #[tool]
    pub(super) fn cost(hotel: String) -> usize {
        hotel.len() * 10
    }
});

booker!(local_tool(model = "m", instructions = "You book.", tools = [here, reserve], handoffs = [Refunds]) {
    /// What a night costs.
    #[tool(local, name = "price")]
    pub(super) fn here(hotel: String) -> usize {
        hotel.len() * 10
    }
});

booker!(inline_tool(model = "m", instructions = "You book.", tools = [here, reserve], handoffs = [Refunds]) {
    /// What a night costs.
    #[tool(inline, name = "price")]
    pub(super) fn here(hotel: String) -> usize {
        hotel.len() * 10
    }
});

booker!(approved_tool(model = "m", instructions = "You book.", tools = [here, reserve], handoffs = [Refunds]) {
    /// What a night costs.
    #[tool(approval, name = "price")]
    pub(super) fn here(hotel: String) -> usize {
        hotel.len() * 10
    }
});

booker!(without_handoff(model = "m", instructions = "You book.", tools = [price, reserve], tool_not_found = "tell_model") {});

booker!(another_agent(
    model = "m",
    instructions = "You book.",
    tools = [price, reserve],
    handoffs = [handoff(Complaints, name = "transfer_to_refunds")],
) {
    /// Listens.
    #[agent(model = "m", instructions = "You listen.")]
    pub(super) struct Complaints;
});

booker!(a_guardrail(
    model = "m",
    instructions = "You book.",
    tools = [price, reserve],
    handoffs = [Refunds],
    input_guardrails = [about_hotels],
) {
    #[guardrail]
    pub(super) fn about_hotels(input: String) -> Verdict {
        if input.is_empty() { Verdict::trip("nothing asked") } else { Verdict::Pass }
    }
});

booker!(an_input_of_a_handoff(
    model = "m",
    instructions = "You book.",
    tools = [price, reserve],
    handoffs = [handoff(Refunds, on_handoff = note)],
) {
    /// Notes it.
    #[tool]
    pub(super) fn note() -> bool {
        true
    }
});

booker!(stops_at_a_tool(
    model = "m",
    instructions = "You book.",
    tools = [price, reserve],
    handoffs = [Refunds],
    tool_use_behavior = "stop_on_first_tool",
) {});

booker!(one_turn(model = "m", instructions = "You book.", tools = [price, reserve], handoffs = [Refunds], max_turns = 1) {});

booker!(a_time_limit(
    model = "m",
    instructions = "You book.",
    tools = [price, reserve],
    handoffs = [Refunds],
    run_timeout = "1h",
) {});

booker!(a_budget(
    model = "m",
    instructions = "You book.",
    tools = [price, reserve],
    handoffs = [Refunds],
    budget(tool_calls = 0),
) {});

booker!(another_answer(model = "m", instructions = "You book.", tools = [price, reserve], handoffs = [Refunds], output = Booked) {
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(super) struct Booked {
        nights: u32,
    }
});

booker!(reworded(
    model = "other",
    instructions = "You book hotels, and you are kind.",
    tools = [here, reserve, mail],
    handoffs = [handoff(Refunds, description = "Gives all the money back.")],
    temperature = 0.7,
    max_turns = 12,
    retries = 3,
    timeout = "20s",
    fallback_models = ["another"],
    input_guardrails = [quick],
) {
    /// What a night costs, in euros.
    #[tool(name = "price", retries = 3, timeout = "5s")]
    pub(super) fn here(
        /// The hotel's name.
        hotel: String,
        #[arg(default = 2)] stars: u32,
    ) -> usize {
        hotel.len() * stars as usize
    }

    #[guardrail(inline)]
    pub(super) fn quick(_input: String) -> Verdict {
        Verdict::Pass
    }
});

booker!(prompted_by_a_function(
    model = "m",
    instructions = Self::brief,
    tools = [reserve, price],
    handoffs = [Refunds],
    tool_concurrency = 1,
    metadata = { "team": "booking" },
) {
    impl Booker {
        fn brief(&self) -> String {
            "You book.".repeat(1 + size_of_val(self))
        }
    }
});
