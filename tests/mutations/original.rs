//! The code that histories were recorded with: every kind of step once.

use std::time::Duration;
use steadfast::prelude::*;

pub(super) const WAIT: Duration = Duration::from_millis(10);

/// What a night costs.
#[tool]
pub(super) fn price(hotel: String) -> usize {
    hotel.len() * 10
}

/// Reserves nights.
#[tool]
pub(super) fn reserve(hotel: String, nights: u32) -> String {
    format!("{nights} at {hotel}")
}

/// Sends a mail.
#[tool]
pub(super) fn mail(text: String) -> usize {
    text.len()
}

/// Gives money back.
#[agent(model = "m", instructions = "You refund.", tools = [reserve])]
pub(super) struct Refunds;

/// Books.
#[agent(model = "m", instructions = "You book.", tools = [price, reserve], handoffs = [Refunds])]
pub(super) struct Booker;

#[workflow(name = "booking")]
pub(super) async fn booking(hotel: String) -> Result<String> {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
}
