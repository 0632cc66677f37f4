use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

#[workflow(nmae = "order")]
impl Order {
    #[run]
    async fn run(&mut self) -> u32 {
        1
    }

    #[signal]
    async fn add(&mut self, item: &str) {
        self.items.push(item.to_owned());
    }

    #[query]
    fn count(&mut self) {}

    #[update(nam = "x")]
    fn set(&self, items: Vec<String>) -> usize {
        items.len()
    }

    #[signal]
    #[query]
    fn both(&self) -> u32 {
        1
    }
}

async fn start(app: App) -> Result<()> {
    app.start(Order::run, ()).await?;
    Ok(())
}

fn main() {}
