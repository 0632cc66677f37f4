//! The workflow changed: a step more, fewer, of another kind, in another place, with another value.

/// The workflow with another body.
macro_rules! version {
    ($(#[$meta:meta])* $version:ident($hotel:ident: $input:ty) { $($body:tt)* }) => {
        $(#[$meta])*
        pub(super) mod $version {
            #![allow(unused_imports, reason = "what a version leaves out, it does not use")]
            use super::super::original::{Booker, Refunds, WAIT, mail, price, reserve};
            use super::{brief, quote, told};
            use steadfast::prelude::*;

            #[workflow(name = "booking", agents = [Booker], tools = [price, reserve, mail])]
            pub(in super::super) async fn booking($hotel: $input) -> Result<String> {
                $($body)*
            }
        }
    };
}

use steadfast::prelude::*;

/// What a night costs, by another name.
#[tool]
pub(super) fn quote(hotel: String) -> usize {
    hotel.len() * 10
}

/// The same as before, by the workflow itself.
#[tool(inline, name = "mail")]
pub(super) fn brief(text: String) -> usize {
    text.len()
}

/// The same as before, without the server.
#[tool(local, name = "mail")]
pub(super) fn told(text: String) -> usize {
    text.len()
}

version!(dropped(hotel: String) {
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for 60, {}", run.output, reserved?, mail?))
});

version!(added_first(hotel: String) {
    mail::call("begun".to_owned()).await?;
    super::super::original::booking(hotel).await
});

version!(added_last(hotel: String) {
    let said = super::super::original::booking(hotel).await?;
    mail::call(said.clone()).await?;
    Ok(said)
});

version!(swapped(hotel: String) {
    workflow::sleep(WAIT).await;
    let price = price::call(hotel.clone()).await?;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(renamed(hotel: String) {
    let price = quote::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(without_timer(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(another_timer(hotel: String) {
    let said = super::super::original::booking(hotel).await?;
    workflow::sleep(WAIT).await;
    Ok(said)
});

version!(longer_timer(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(2 * WAIT).await;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(joined_otherwise(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    let (reserved, mail) = workflow::join!(reserve::call(hotel, 1), mail::call(run.output.clone()));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(one_by_one(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    let mail = mail::call(run.output.clone()).await?;
    let reserved = reserve::call(hotel, 1).await?;
    Ok(format!("{}, {reserved} for {price}, {mail}", run.output))
});

version!(without_agent(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let (mail, reserved) = workflow::join!(mail::call("done".to_owned()), reserve::call(hotel, 1));
    Ok(format!("done, {} for {price}, {}", reserved?, mail?))
});

version!(twice_the_agent(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(another_argument(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 2));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(another_result(hotel: String) {
    Ok(super::super::original::booking(hotel).await?.to_uppercase())
});

version!(an_error(hotel: String) {
    let said = super::super::original::booking(hotel).await?;
    Err(Error::other(said))
});

version!(ends_early(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    Ok(format!("{} for {price}", run.output))
});

version!(locally(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(told::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(in_the_workflow(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(&hotel).await?;
    let (mail, reserved) = workflow::join!(brief::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(another_input(hotel: Vec<String>) {
    super::super::original::booking(hotel.concat()).await
});

version!(waits(hotel: String) {
    let go: u32 = workflow::signal("go").await?;
    Ok(format!("{go} {}", super::super::original::booking(hotel).await?))
});

version!(stalls(hotel: String) {
    workflow::unchecked(|| tokio::time::sleep(WAIT)).await;
    super::super::original::booking(hotel).await
});

version!(panics(hotel: String) {
    let said = super::super::original::booking(hotel).await?;
    assert!(said.is_empty(), "a mistake of today");
    Ok(said)
});

version!(another_prompt(hotel: String) {
    let price = price::call(hotel.clone()).await?;
    workflow::sleep(WAIT).await;
    let run = Booker.run(format!("Please book {hotel}.")).await?;
    let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
    Ok(format!("{}, {} for {price}, {}", run.output, reserved?, mail?))
});

version!(written_otherwise(hotel: String) {
    let price = {
        let asked: Vec<_> = [hotel.clone()].map(price::call).into_iter().collect();
        let mut prices = Vec::new();
        for price in asked {
            prices.push(price.await?);
        }
        prices.pop().unwrap_or_default()
    };
    workflow::sleep(WAIT / 2 + WAIT / 2).await;
    let run = async { Booker.run(hotel.as_str()).await }.await?;
    let (reserved, mail) = {
        let (mail, reserved) = workflow::join!(mail::call(run.output.clone()), reserve::call(hotel, 1));
        (reserved?, mail?)
    };
    Ok([run.output, ", ".to_owned(), reserved, format!(" for {price}, {mail}")].concat())
});
