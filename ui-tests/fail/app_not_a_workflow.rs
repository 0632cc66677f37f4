use steadfast::prelude::*;

async fn weekend(wish: String) -> String {
    wish
}

fn main() {
    let _ = App::new("trips").workflow(weekend);
}
