/// Looks things up.
#[agent(
    model = "gpt-5.6-luna",
    tools = [weather, WebSearch, FileSearch::new(["vs_1"]).max_results(5), Bank::transfer],
    tool_choice = FileSearch,
)]
struct Researcher;
