// Written by a test; made of `toolset.input.rs`.

impl Bank {
    /// Sends money to somebody.
    async fn transfer(&self, payee: String, cents: u32) -> Result<Receipt, ToolError> {
        self.send(payee, cents).await
    }
    fn helper(&self) {}
}
#[allow(deprecated, dead_code, private_interfaces)]
const _: () = {
    use ::steadfast::__private as __sf;
    #[doc(hidden)]
    #[allow(non_camel_case_types, missing_debug_implementations)]
    pub struct __transfer {}
    #[automatically_derived]
    impl __sf::Tool for __transfer {
        const DEF: &'static __sf::ToolDef = &__sf::ToolDef {
            name: "transfer",
            description: "Sends money to somebody.",
            module: ::core::module_path!(),
            item: "Bank::transfer",
            args: &[
                __sf::ArgDef {
                    rules: __sf::Some(|rules| rules.no_shorter(1)),
                    ..__sf::ArgDef::new::<String>("to", "To whom.")
                },
                __sf::ArgDef {
                    default: __sf::Some(|| __sf::default_value::<
                        u32,
                    >(<u32 as ::core::default::Default>::default())),
                    rules: __sf::Some(|rules| rules.at_most(1_000)),
                    ..__sf::ArgDef::new::<u32>("cents", "")
                },
            ],
            states: &[__sf::StateDef::of::<Bank>()],
            options: __sf::ToolOptions {
                retries: 2u32,
                backoff: __sf::Backoff {
                    initial: __sf::Duration::from_millis(2000u64),
                    ..__sf::Backoff::DEFAULT
                },
                ..__sf::ToolOptions::DEFAULT
            },
            run: __sf::Runs::Function(|mut call| match (
                call.state::<Bank>(),
                call.arg::<String>(0usize),
                call.arg::<u32>(1usize),
            ) {
                (__sf::Some(this), __sf::Some(payee), __sf::Some(cents)) => {
                    __sf::run(
                        call,
                        async move { <Bank>::transfer(&this, payee, cents).await },
                        __sf::fallible::<Receipt, _>,
                    )
                }
                _ => __sf::refuse(call),
            }),
        };
    }
    #[automatically_derived]
    impl Bank {
        /// Runs the tool `transfer`: in a workflow as a durable step, which is recorded, retried, and not repeated by a replay; elsewhere in this process.
        fn call_transfer(
            payee: String,
            cents: u32,
        ) -> __sf::ToolRun<__transfer, (String, (u32, ())), Receipt> {
            __sf::ToolRun::new((payee, (cents, ())))
        }
    }
    #[automatically_derived]
    impl __sf::Tool for Bank {
        const DEF: &'static __sf::ToolDef = ::core::panic!(
            "this type is a set of tools; name one of them, as in `Bank::transfer`"
        );
        const DEFS: &'static [&'static __sf::ToolDef] = &[
            <__transfer as __sf::Tool>::DEF,
        ];
    }
};
