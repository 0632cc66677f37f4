/// Plans a weekend and pays for it.
#[workflow(tools = [pay])]
#[allow(clippy::too_many_lines)]
pub async fn weekend(TripRequest { budget, wish }: TripRequest) -> Result<Itinerary> {
    use crate::agents::Critic;

    let planner = TripPlanner { budget };
    let (plan, forecast) = tokio::try_join!(planner.run(&wish), weather::call("Lisbon".into(), Unit::C))?;
    let review = Critic.run(review_of(&plan, &forecast)).await?;
    pay_in_parts(&plan, &review).await?;
    Ok(plan.output)
}
