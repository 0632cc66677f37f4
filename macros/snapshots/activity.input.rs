/// Charges a card.
#[activity(timeout = "10s", backoff(initial = "2s"))]
pub async fn charge(order: Order, #[arg(default = 1)] attempt: u32, bank: State<Bank>) -> Result<Receipt, ToolError> {
    bank.charge(order, attempt).await
}
