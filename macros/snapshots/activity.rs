// Written by a test; made of `activity.input.rs`.

/// Charges a card.
#[allow(clippy::items_after_statements, clippy::needless_pass_by_value)]
pub async fn charge(
    order: Order,
    attempt: u32,
    bank: State<Bank>,
) -> Result<Receipt, ToolError> {
    ::steadfast::__private::called_as_it_is("activity", "charge", true);
    bank.charge(order, attempt).await
}
/// The activity [`charge`](fn@charge), as apps register it.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct charge {}
#[allow(deprecated, dead_code, private_interfaces)]
const _: () = {
    use ::steadfast::__private as __sf;
    #[automatically_derived]
    impl __sf::Tool for charge {
        const DEF: &'static __sf::ToolDef = &__sf::ToolDef {
            name: "charge",
            description: "Charges a card.",
            module: ::core::module_path!(),
            item: "charge",
            args: &[
                __sf::ArgDef::plain("order"),
                __sf::ArgDef {
                    default: __sf::Some(|| __sf::default_value::<u32>(1)),
                    ..__sf::ArgDef::plain("attempt")
                },
            ],
            states: &[__sf::StateDef::of::<Bank>()],
            options: __sf::ToolOptions {
                timeout: __sf::Duration::from_millis(10000u64),
                backoff: __sf::Backoff {
                    initial: __sf::Duration::from_millis(2000u64),
                    ..__sf::Backoff::DEFAULT
                },
                ..__sf::ToolOptions::ACTIVITY
            },
            run: __sf::Runs::Activity(|mut call| match (
                call.input::<Order>(0usize),
                call.input::<u32>(1usize),
                call.state::<Bank>(),
            ) {
                (__sf::Some(order), __sf::Some(attempt), __sf::Some(bank)) => {
                    __sf::run(
                        call,
                        charge(order, attempt, bank),
                        __sf::done_or_failed::<Receipt, _>,
                    )
                }
                _ => __sf::refuse(call),
            }),
        };
    }
    #[automatically_derived]
    impl charge {
        /// Runs the activity `charge`: in a workflow as a durable step, which is recorded, retried, and not repeated by a replay; elsewhere in this process.
        pub fn call(
            order: Order,
            attempt: u32,
        ) -> __sf::ToolRun<charge, (Order, (u32, ())), Receipt> {
            __sf::ToolRun::new((order, (attempt, ())))
        }
    }
    #[automatically_derived]
    impl __sf::Activity for charge {}
};
