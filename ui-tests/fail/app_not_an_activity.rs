use steadfast::prelude::*;

/// Current weather in a city.
#[tool]
async fn weather(city: String) -> String {
    city
}

fn main() {
    let _ = App::new("trips").activity::<weather>();
}
