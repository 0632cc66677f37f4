/// Fills an order.
#[workflow(agents = [Clerk])]
impl Order {
    #[init]
    fn new(shop: String) -> Self {
        Self { shop, items: Vec::new() }
    }

    /// Waits for an item.
    #[run]
    pub async fn run(order: WorkflowContext<Self>) -> Result<Vec<Item>> {
        order.until(|order| !order.items.is_empty()).await;
        Ok(order.state(|order| order.items.clone()))
    }

    /// Adds an item.
    #[signal]
    pub fn add(&mut self, item: Item) {
        self.items.push(item);
    }

    #[query(name = "how-many")]
    pub fn count(&self) -> usize {
        self.items.len()
    }

    #[update]
    pub async fn price(order: WorkflowContext<Self>, item: String) -> Result<u32> {
        price::call(item).await
    }

    #[update_validator(price)]
    fn is_known(&self, item: &String) -> Result<(), Unknown> {
        self.find(item)
    }
}
