use steadfast::prelude::*;

#[workflow]
async fn weekend(budget: u32) -> u32 {
    budget
}

fn main() {
    let app = App::new("trips").workflow(weekend);
    let _ = app.start(weekend, "four hundred");
}
