// Written by a test; made of `workflow.input.rs`.

/// Plans a weekend and pays for it.
#[allow(clippy::too_many_lines)]
pub fn weekend(input: TripRequest) -> ::steadfast::__private::Execution<weekend> {
    ::steadfast::__private::Execution::new(<weekend>::weekend(input))
}
/// The workflow [`weekend`](fn@weekend), as a type.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct weekend {}
impl weekend {
    #[allow(clippy::too_many_lines)]
    #[allow(clippy::needless_pass_by_value, clippy::unused_async)]
    async fn weekend(TripRequest { budget, wish }: TripRequest) -> Result<Itinerary> {
        use crate::agents::Critic;
        let planner = TripPlanner { budget };
        let (plan, forecast) = tokio::try_join!(
            planner.run(& wish), weather::call("Lisbon".into(), Unit::C)
        )?;
        let review = Critic.run(review_of(&plan, &forecast)).await?;
        pay_in_parts(&plan, &review).await?;
        Ok(plan.output)
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::steadfast::__private::Workflow for weekend {
    type Input = TripRequest;
    type Output = Itinerary;
    type Returned = Result<Itinerary>;
    type Handle = ::steadfast::__private::Handle<Itinerary>;
    const NAME: &'static str = "weekend";
    fn execute(input: Self::Input) -> ::steadfast::__private::Execution<Self> {
        weekend(input)
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
        reach.tools(<pay as ::steadfast::__private::Tool>::DEFS);
        #[allow(unused_imports)]
        use ::steadfast::__private::{ReachAgent as _, ReachNothing as _, ReachTool as _};
        #[allow(unused_imports)]
        use crate::agents::Critic;
        (&::steadfast::__private::Probe::<TripPlanner>::default()).reach(reach);
        (&::steadfast::__private::Probe::<Critic>::default()).reach(reach);
        (&::steadfast::__private::probe_returned(weather::call)).reach(reach);
    }
}
