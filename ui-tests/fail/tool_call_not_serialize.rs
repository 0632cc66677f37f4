use steadfast::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Place {
    city: String,
}

/// Looks at a place.
#[tool]
fn look(place: Place, days: u8) -> String {
    format!("{} for {days}", place.city)
}

#[workflow]
async fn trip() -> Result<String> {
    Ok(look::call(Place { city: "Lisbon".to_owned() }, 3).await?)
}

fn main() {}
