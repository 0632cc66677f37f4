/// Current weather in a city.
#[tool(timeout = "10s", retries = 3)]
pub async fn weather(
    /// City name, for example "Lisbon".
    city: String,
    /// Unit of the temperature.
    #[arg(default = Unit::C)]
    unit: Unit,
    http: State<reqwest::Client>,
) -> Result<Forecast, ToolError> {
    fetch(&http, &city, unit).await
}
