#[tool]
impl Bank {
    /// Sends money to somebody.
    #[tool(retries = 2, backoff(initial = "2s"))]
    async fn transfer(
        &self,
        /// To whom.
        #[arg(rename = "to", length(min = 1))]
        payee: String,
        #[serde(default)]
        #[schemars(range(max = 1_000))]
        cents: u32,
    ) -> Result<Receipt, ToolError> {
        self.send(payee, cents).await
    }

    fn helper(&self) {}
}
