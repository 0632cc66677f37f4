#[tool(timout = "10s", retries = -1)]
async fn search(query: &str) -> Result<Vec<Hit>, ToolError> {
    look_up(query).await
}
