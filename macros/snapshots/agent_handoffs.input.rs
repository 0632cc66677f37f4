/// Decides who takes over.
#[agent(model = "ollama/llama3.2", handoffs = [Faq, Refunds { region: "EU".to_owned() }])]
struct Triage;
