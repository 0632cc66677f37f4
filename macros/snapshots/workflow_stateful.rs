// Written by a test; made of `workflow_stateful.input.rs`.

/// Fills an order.
impl Order {
    #[allow(
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref,
        clippy::unused_async,
        clippy::unused_self
    )]
    fn new(shop: String) -> Self {
        Self { shop, items: Vec::new() }
    }
    #[doc(hidden)]
    #[allow(
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref,
        clippy::unused_async,
        clippy::unused_self
    )]
    async fn __steadfast_run(order: WorkflowContext<Self>) -> Result<Vec<Item>> {
        order.until(|order| !order.items.is_empty()).await;
        Ok(order.state(|order| order.items.clone()))
    }
    /// Adds an item.
    #[allow(
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref,
        clippy::unused_async,
        clippy::unused_self
    )]
    pub fn add(&mut self, item: Item) {
        self.items.push(item);
    }
    #[allow(
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref,
        clippy::unused_async,
        clippy::unused_self
    )]
    pub fn count(&self) -> usize {
        self.items.len()
    }
    #[allow(
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref,
        clippy::unused_async,
        clippy::unused_self
    )]
    pub async fn price(order: WorkflowContext<Self>, item: String) -> Result<u32> {
        price::call(item).await
    }
    #[allow(
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref,
        clippy::unused_async,
        clippy::unused_self
    )]
    fn is_known(&self, item: &String) -> Result<(), Unknown> {
        self.find(item)
    }
}
#[allow(dead_code)]
impl Order {
    /// Waits for an item.
    #[allow(unused_variables, clippy::used_underscore_items)]
    pub fn run(input: String) -> ::steadfast::__private::Execution<Order> {
        #[allow(deprecated)]
        const HANDLERS: &::steadfast::__private::handlers::Handlers<Order> = &::steadfast::__private::handlers::Handlers {
            signals: &[
                ::steadfast::__private::handlers::Signal {
                    name: "add",
                    handle: |context, input| ::steadfast::__private::handlers::signal(
                        context,
                        input,
                        |state: &mut Order, input: Item| state.add(input),
                    ),
                },
            ],
            queries: &[
                ::steadfast::__private::handlers::Query {
                    name: "how-many",
                    answer: |state, input| ::steadfast::__private::handlers::query(
                        state,
                        input,
                        |state: &Order, _: ::steadfast::__private::handlers::Nothing| ::core::result::Result::Ok(
                            state.count(),
                        ),
                    ),
                },
            ],
            updates: &[
                ::steadfast::__private::handlers::Update {
                    name: "price",
                    validate: |state, input| ::steadfast::__private::handlers::validate(
                        state,
                        input,
                        |state: &Order, input: &String| {
                            let _ = (state, input);
                            state.is_known(input).map_err(::core::convert::Into::into)
                        },
                    ),
                    handle: |context, input| ::steadfast::__private::handlers::update_later(
                        context,
                        input,
                        |context, input: String| async move {
                            <Order>::price(context, input)
                                .await
                                .map_err(::core::convert::Into::into)
                        },
                    ),
                },
            ],
        };
        ::steadfast::__private::Execution::stateful(
            <Order>::new(input),
            HANDLERS,
            |context| <Order>::__steadfast_run(context),
        )
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::steadfast::__private::Workflow for Order {
    type Input = String;
    type Output = Vec<Item>;
    type Returned = Result<Vec<Item>>;
    type Handle = OrderHandle;
    const NAME: &'static str = "Order";
    const MESSAGES: ::steadfast::__private::handlers::MessageNames = ::steadfast::__private::handlers::MessageNames {
        signals: &["add"],
        queries: &["how-many"],
        updates: &["price"],
    };
    fn execute(input: Self::Input) -> ::steadfast::__private::Execution<Self> {
        <Order>::run(input)
    }
    fn finish(
        returned: Self::Returned,
    ) -> ::core::result::Result<
        Self::Output,
        ::std::boxed::Box<
            dyn ::core::error::Error + ::core::marker::Send + ::core::marker::Sync,
        >,
    > {
        returned.map_err(::core::convert::Into::into)
    }
    fn reach(reach: &mut ::steadfast::__private::Reach) {
        reach.agent(<Clerk as ::steadfast::__private::Agent>::SPEC);
        #[allow(unused_imports)]
        use ::steadfast::__private::{ReachAgent as _, ReachNothing as _, ReachTool as _};
        (&::steadfast::__private::probe_returned(price::call)).reach(reach);
    }
}
/// A handle of the workflow [`Order`]: a method for each of its signals, queries and updates, beside those of every `Handle`.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct OrderHandle(::steadfast::__private::Handle<Vec<Item>>);
#[automatically_derived]
impl ::core::convert::From<::steadfast::__private::Handle<Vec<Item>>> for OrderHandle {
    fn from(handle: ::steadfast::__private::Handle<Vec<Item>>) -> Self {
        Self(handle)
    }
}
#[automatically_derived]
impl ::core::ops::Deref for OrderHandle {
    type Target = ::steadfast::__private::Handle<Vec<Item>>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
#[allow(dead_code)]
impl OrderHandle {
    /// Adds an item.
    ///
    /// Sends the signal `add`.
    #[allow(clippy::needless_pass_by_value)]
    pub async fn add(&self, item: Item) -> ::steadfast::__private::ClientResult<()>
    where
        for<'__steadfast> Item: ::steadfast::__private::handlers::Sent,
    {
        self.0.signal("add", &item).await
    }
    ///
    /// Asks the query `how-many`.
    #[allow(clippy::needless_pass_by_value)]
    pub fn count(&self) -> ::steadfast::__private::ClientQuery<usize> {
        self.0.query("how-many", &())
    }
    ///
    /// Sends the update `price`.
    #[allow(clippy::needless_pass_by_value)]
    pub fn price(&self, item: String) -> ::steadfast::__private::ClientUpdate<u32>
    where
        for<'__steadfast> String: ::steadfast::__private::handlers::Sent,
    {
        self.0.update("price", &item)
    }
}
