//! The pages of the tour, in this process and on the server.

use crate::{server, tour_pages as pages, tour_stand_in as stand_in};
use steadfast::Target;

#[tokio::test(flavor = "multi_thread")]
async fn each_page_says_what_it_should_inline_and_durably() {
    let model = stand_in::start().await.expect("a port");
    let table = [
        ("tutors", "(answered by History Tutor)"),
        ("agents", "Lisbon keeps its sun."),
        ("running", "the base case answers."),
        ("results", "San Francisco. / California. (by Assistant, which added 1 of 4 items)"),
        ("streaming", "A lock walked into a bar"),
        ("sessions", "San Francisco. / California. / About 39 million."),
        ("tools", "It is sunny, so take one with a terrace."),
        ("output", "Chess on 2026-12-01, with Ann and Bob"),
        ("handoffs", "Refund agent: Order 7 is being refunded.\nEscalation agent: I am sorry."),
        ("guardrails", "guardrail_check tripped: to solve an equation is homework"),
        ("context", "The user is 47 years old."),
        ("orchestration", "Hola, ¿cómo estás? Bonjour, comment vas-tu ?\nBuenos días / Buenas noches"),
        ("models", "Muy bien, gracias. (Spanish agent by gpt-5.6-luna, then gpt-5.6-luna-mini)"),
        ("usage", "1 request(s), "),
    ];
    assert_eq!(table.map(|(page, _)| page), pages::PAGES);
    for (page, expected) in table {
        let app =
            pages::app(page).target(Target::address(server::address().await)).provider("openai", model.provider());
        let worker = server::worker(&app).await;
        let inline = pages::inline(&app, page).await.expect("it ends well");
        let durable = pages::durable(&app, page).await.expect("it ends well");
        assert!(inline.contains(expected) && durable.contains(expected), "{page}: {inline}\n{durable}");
        if page == "streaming" {
            let called = "-- how_many_jokes was called\n-- how_many_jokes has said 3\nA lock";
            assert!(inline.starts_with(called), "{inline}");
        }
        worker.stop().await.expect("it stops");
    }
}
