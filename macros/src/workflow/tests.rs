//! The rules of workflows, and what is seen in their bodies.

use super::{args::Args, model::Workflow, scan};
use crate::{
    diag::{Errors, source},
    signature::{Function, Role},
};
use proc_macro2::TokenStream;
use quote::quote;

/// What is wrong with a workflow.
#[allow(clippy::needless_pass_by_value)] // It is what `quote!` gives.
fn mistakes(options: TokenStream, item: TokenStream) -> Vec<String> {
    let mut errors = Errors::default();
    let args = Args::read(options, &mut errors);
    if let Some(function) = Function::read(&item, Role::Workflow, &mut errors) {
        Workflow::check(args, &function, &mut errors);
    }
    errors.messages()
}

#[test]
fn good_workflows_have_no_mistakes() {
    let none = [] as [&str; 0];
    assert_eq!(
        mistakes(
            quote!(),
            quote!(
                async fn f() {}
            )
        ),
        none
    );
    let options = quote!(name = "g", agents = [A, b::C], tools = [d]);
    assert_eq!(
        mistakes(
            options,
            quote!(
                async fn f(A { b, .. }: A) -> Result<B> {}
            )
        ),
        none
    );
}

#[test]
fn all_mistakes_are_found_at_once() {
    assert_eq!(
        mistakes(
            quote!(nam = "x", agents = [a()], name = ""),
            quote!(
                fn f<T>(a: &str, #[arg(default)] b: u8, c: u8) {}
            )
        ),
        [
            "`#[workflow]` has no option `nam`; did you mean `name`?\nits options are `name`, `agents`, `tools`, `crate`",
            "a workflow goes by one name and so has one set of types; write the types out",
            "a workflow waits for its steps, at times for days; write `async fn`",
            "`name` is empty; say something, or leave it out",
            "`a` comes from JSON and must be owned; write `String`",
            "a workflow has one argument at most, so that fields can be added later\nput all of them into one struct",
            "a workflow has one argument at most, so that fields can be added later\nput all of them into one struct",
            "`a()` is no agent's name; write the name alone, as in `[TripPlanner]`",
        ]
    );
}

/// What is found in a body: types something is run on, calls, imports.
fn found(body: &TokenStream) -> (Vec<String>, Vec<String>, Vec<String>) {
    let found = scan::body(&quote!({ #body }));
    let sources = |paths: Vec<syn::Path>| paths.into_iter().map(source).collect();
    (sources(found.receivers), sources(found.calls), found.uses.into_iter().map(source).collect())
}

#[allow(clippy::needless_pass_by_value)] // It is what `quote!` gives.
fn receivers(body: TokenStream) -> Vec<String> {
    found(&body).0
}

#[test]
fn values_are_recognised() {
    assert_eq!(receivers(quote!(Planner { a: 1 }.run(x).await?;)), ["Planner"]);
    assert_eq!(receivers(quote!(agents::Planner.run(x);)), ["agents::Planner"]);
    assert_eq!(receivers(quote!((&agents::Planner::new(5)).run(x);)), ["agents::Planner"]);
    assert_eq!(
        receivers(quote!(let p = Planner { a: 1 }; let q = &p.clone(); q.run(x).max_turns(3).await;)),
        ["Planner"]
    );
    assert_eq!(receivers(quote!(agents::Planner::DEFAULT.run(x);)), ["agents::Planner"]);
    assert_eq!(receivers(quote!(let p: Planner = make(); p.run(x);)), ["Planner"]);
    assert_eq!(receivers(quote!(let p: Arc<Planner> = make(); p.run(x);)), ["Planner"]);
    assert_eq!(receivers(quote!(let p: Panel<Bill, 3> = Panel { a }; p.run(x);)), ["Panel<Bill, 3>"]);
    assert_eq!(receivers(quote!(let p = Arc::new(Planner { a: 1 }); p.run(x);)), ["Planner"]);
    assert_eq!(receivers(quote!(async { if a { B.run(x) } else { |c| Cat.run(c) } };)), ["Cat"]);
    assert_eq!(receivers(quote!(Reader::<bills::Bill> { a }.run(x);)), ["Reader::<bills::Bill>"]);
    assert_eq!(receivers(quote!(let p: Reader<Vec<Bill>> = make(); p.run(x);)), ["Reader<Vec<Bill>>"]);
    assert_eq!(receivers(quote!(let p = order.state(|o| Planner { a: o.a }); p.run(x);)), ["Planner"]);
    assert_eq!(receivers(quote!(let p = o.state_mut(|o| { o.n += 1; Planner { a: o.a } }); p.run(x);)), ["Planner"]);
    assert_eq!(receivers(quote!(Command::Build.run(x); Command::Test { a: 1 }.run(x);)), ["Command"]);
}

#[test]
fn other_values_are_left_alone() {
    let body = quote! {
        request.run(x); make().run(x); Planner {}.stop(x); Planner.run(); PLANNER.run(x); agents::PLANNER.run(x); Self::new().run(x);
        Default::default().run(x); Wrapper::<_>::new().run(x); Wrapper::<&A>::new().run(x); let p = make(); p.run(x); module::make().run(x);
    };
    assert_eq!(receivers(body), [] as [&str; 0]);
}

#[test]
fn each_type_is_named_once_whatever_is_bound_to_a_name() {
    let body = quote!(let p = One {}; { let p = Two {}; p.run(x); } p.run(x); One {}.run(x););
    assert_eq!(receivers(body), ["One", "Two"]);
}

#[test]
fn calls_are_recognised() {
    let body =
        quote!(weather::call(a, b).await; tools::pay::call(); call(); weather::calls(); a.call(); x::call::<T>(););
    assert_eq!(found(&body).1, ["weather::call", "tools::pay::call"]);
}

#[test]
fn calls_that_are_handed_on_are_recognised() {
    assert_eq!(found(&quote!(workflow::try_map(urls, fetch::call).await?;)).1, ["fetch::call"]);
}

#[test]
fn macros_are_looked_into() {
    assert_eq!(receivers(quote!(tokio::join!(One.run(x), Two {}.run(x));)), ["One", "Two"]);
    assert_eq!(receivers(quote!(let all = vec![One.run(x); 3];)), ["One"]);
    let select = quote! {
        tokio::select! {
            biased;
            run = One.run(x), if ready => { Two.run(x).await }
            Some(x) | Ok(x) = inbox.next() => Three.run(x).await,
            else => Four.run(x).await,
        }
    };
    assert_eq!(receivers(select), ["One", "Two", "Three", "Four"]);
    assert_eq!(receivers(quote!(json!({ "a": One.run(x) });)), [] as [&str; 0]);
}

#[test]
fn every_way_to_run_an_agent_is_known() {
    assert_eq!(
        receivers(quote!(One.run_all(inputs).at_once(2); Two.resume(kept); Three.run_streamed(x);)),
        ["One", "Two", "Three"]
    );
    assert_eq!(
        receivers(quote!(let spare = Two; One.run(x).or_run(&spare).or_run(&Three {}); session.compact(&Four);)),
        ["One", "Two", "Three", "Four"]
    );
    assert_eq!(receivers(quote!(timer.resume(); One.or_run(a, b); pool.run();)), [] as [&str; 0]);
}

#[test]
fn what_is_nested_or_local_is_left_alone() {
    let body = quote! {
        fn helper() { One.run(x); }
        struct Local;
        Local.run(x);
        Reader::<Vec<Local>>::new().run(x);
        mod inner {}
        inner::call();
        Two.run(x);
    };
    assert_eq!(found(&body), (vec!["Two".to_owned()], vec![], vec![]));
}

#[test]
fn imports_go_along() {
    let body = quote! {
        use crate::{agents::{self, One as First}, tools::*, unused::Thing};
        use agents::Two;
        First.run(x);
        Two.run(x);
    };
    let (receivers, _, uses) = found(&body);
    assert_eq!(receivers, ["First", "Two"]);
    assert_eq!(
        uses,
        [
            "use crate::agents::{ self };",
            "use crate::agents::One as First;",
            "use crate::tools::*;",
            "use agents::Two;"
        ]
    );
    assert!(found(&quote!(use crate::agents::One; wait().await;)).2.is_empty());
}

#[test]
fn a_body_that_syn_cannot_read_is_passed_on() {
    assert_eq!(found(&quote!(let x = ;)), (vec![], vec![], vec![]));
}
