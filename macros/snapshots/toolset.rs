// Written by a test; made of `toolset.input.rs`.

impl Bank {
    /// Sends money to somebody.
    async fn transfer(&self, payee: String, cents: u32) -> Result<Receipt, ToolError> {
        self.send(payee, cents).await
    }
    fn helper(&self) {}
}
const _: () = {
    #[doc(hidden)]
    #[allow(non_camel_case_types, missing_debug_implementations)]
    pub struct __transfer {}
    #[automatically_derived]
    #[allow(deprecated)]
    impl ::steadfast::__private::Tool for __transfer {
        const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
            name: "transfer",
            description: "Sends money to somebody.",
            path: ::core::concat!(::core::module_path!(), "::Bank::transfer"),
            args: &[
                ::steadfast::__private::ArgDef {
                    rules: ::core::option::Option::Some(|rules| rules.no_shorter(1)),
                    ..::steadfast::__private::ArgDef::new(
                        "to",
                        "To whom.",
                        ::steadfast::__private::schema_of::<String>,
                    )
                },
                ::steadfast::__private::ArgDef {
                    default: ::core::option::Option::Some(|| ::steadfast::__private::default_value::<
                        u32,
                    >(<u32 as ::core::default::Default>::default())),
                    rules: ::core::option::Option::Some(|rules| rules.at_most(1_000)),
                    ..::steadfast::__private::ArgDef::new(
                        "cents",
                        "",
                        ::steadfast::__private::schema_of::<u32>,
                    )
                },
            ],
            states: &[
                ::steadfast::__private::StateDef {
                    name: ::core::any::type_name::<Bank>,
                    id: ::core::any::TypeId::of::<Bank>,
                },
            ],
            options: ::steadfast::__private::ToolOptions {
                retries: 2u32,
                backoff: ::steadfast::__private::Backoff {
                    initial: ::core::time::Duration::from_millis(2000u64),
                    ..::steadfast::__private::Backoff::DEFAULT
                },
                ..::steadfast::__private::ToolOptions::DEFAULT
            },
            run: |invocation| ::steadfast::__private::run(
                invocation,
                |call| {
                    let this = call.state::<Bank>()?;
                    let payee = call.arg::<String>(0usize)?;
                    let cents = call.arg::<u32>(1usize)?;
                    call.done()?;
                    ::core::result::Result::Ok(async move {
                        <Bank>::transfer(&this, payee, cents).await
                    })
                },
                ::steadfast::__private::fallible::<Receipt, _>,
            ),
        };
    }
    #[automatically_derived]
    #[allow(dead_code, private_interfaces)]
    impl Bank {
        /// Runs the tool `transfer`: in a workflow as a durable step, which is recorded, retried, and not repeated by a replay; elsewhere in this process.
        fn call_transfer(
            payee: String,
            cents: u32,
        ) -> ::steadfast::__private::ToolRun<__transfer, Receipt>
        where
            for<'__call> String: ::steadfast::__private::Serialize,
            for<'__call> u32: ::steadfast::__private::Serialize,
        {
            ::steadfast::__private::ToolRun::new([
                ::steadfast::__private::encode(&payee),
                ::steadfast::__private::encode(&cents),
            ])
        }
    }
    #[automatically_derived]
    impl ::steadfast::__private::Tool for Bank {
        const DEF: &'static ::steadfast::__private::ToolDef = ::core::panic!(
            "this type is a set of tools; name one of them, as in `Bank::transfer`"
        );
        const DEFS: &'static [&'static ::steadfast::__private::ToolDef] = &[
            <__transfer as ::steadfast::__private::Tool>::DEF,
        ];
    }
};
