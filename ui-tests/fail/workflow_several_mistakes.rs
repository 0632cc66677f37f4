use steadfast::prelude::*;

#[workflow(nam = "x", name = "")]
fn weekend<'a>(wish: &'a str, budget: u32) -> String {
    format!("{wish} for {budget}")
}

fn main() {
    let _ = App::new("trips").workflow(weekend);
}
