//! The rules of agents, by their messages.

use super::{args::Args, model::Agent, read};
use crate::diag::Errors;
use proc_macro2::TokenStream;
use quote::quote;

/// What is wrong with an agent.
#[allow(clippy::needless_pass_by_value)] // It is what `quote!` gives.
fn mistakes(options: TokenStream, item: TokenStream) -> Vec<String> {
    let mut errors = Errors::default();
    let args = Args::read(options, &mut errors);
    if let Some(original) = read(&item, &mut errors) {
        Agent::check(args, &original, &mut errors);
    }
    errors.messages()
}

#[test]
fn a_good_agent_has_no_mistakes() {
    let options = quote! {
        model = "m", instructions = "{a} {r#in}", tools = [x, y::z], handoffs = [B, C { a: self.a }, handoff(D, name = "d", on_handoff = x::Y::z, enabled = e)], output = Vec<A>,
        max_turns = 1, name = "A", temperature = 2, top_p = 0.5, max_tokens = 100, tool_choice = y::z,
        parallel_tool_calls = true, reasoning = "high"
    };
    let options: TokenStream = options.to_string().replace("{r#in}", "{in}").parse().expect("tokens");
    assert_eq!(
        mistakes(
            options,
            quote!(
                struct A {
                    a: u8,
                    r#in: u8,
                }
            )
        ),
        [] as [&str; 0]
    );
}

#[test]
fn all_mistakes_are_found_at_once() {
    let options = quote! {
        instructions = "{buget}", tools = [a, b::c, a, f()], handoffs = [B, B, 5], max_turns = 0, temperature = 3,
        tool_choice = x, reasoning = "hgih", max_tokens = 5000000000, output = 5
    };
    assert_eq!(
        mistakes(
            options,
            quote!(
                struct A {
                    budget: u8,
                }
            )
        ),
        [
            "`output` takes a type; write `output = Itinerary`",
            "`A` has no model to think with; write `#[agent(model = \"..\")]`",
            "`f()` is no tool's name; write the name alone, as in `[weather]`",
            "`a` is listed twice; the model would see two tools of one name",
            "`A` has no field `buget`; did you mean `budget`?\nits fields are `budget`; for a brace that is just text \
             write `{{`",
            "`temperature` is a number from 0 to 2, not `3`",
            "`5000000000` is too large for `max_tokens`; the most is 4294967295",
            "`x` is not in `tools`, so the model cannot call it; add it there",
            "`hgih` is no reasoning effort; did you mean `high`?\nthe efforts are `minimal`, `low`, `medium`, `high`",
            "`B` is listed twice; the model would see two handoffs of one name",
            "`5` is no agent; write `Refunds`, or `Refunds { region: self.region.clone() }` if it has fields",
            "`max_turns` is a whole number, 1 or more, not `0`",
        ]
    );
}

#[test]
fn a_hosted_tool_is_a_path_or_what_a_path_makes() {
    let of = |tools: TokenStream, choice: TokenStream| {
        mistakes(
            quote!(model = "m", tools = [#tools], tool_choice = #choice),
            quote!(
                struct A;
            ),
        )
    };
    let good = quote!(a, W, h::W, F::new(["x"]).most(5), h::M::new(l, u), h::M::of::<A, B>(l, u).never(), W::new());
    for choice in [quote!(W), quote!(h::W), quote!(F), quote!(h::M), quote!(a), quote!("required")] {
        assert_eq!(of(good.clone(), choice), [] as [&str; 0]);
    }
    assert_eq!(
        of(quote!(W, W, f(1).g(), (F::new()), F::new()?, F::new(["x"]).options, W {}, 5), quote!(G)),
        [
            "`f(1) . g()` is no tool's name; write the name alone, as in `[weather]`",
            "`(F::new())` is no tool's name; write the name alone, as in `[weather]`",
            "`F::new() ?` is no tool's name; write the name alone, as in `[weather]`",
            "`F::new([\"x\"]) . options` is no tool's name; write the name alone, as in `[weather]`",
            "`W { }` is no tool's name; write the name alone, as in `[weather]`",
            "`5` is no tool's name; write the name alone, as in `[weather]`",
            "`W` is listed twice; the model would see two tools of one name",
            "`G` is not in `tools`, so the model cannot call it; add it there",
        ]
    );
}

#[test]
fn a_model_that_was_misspelt_is_not_missing_too() {
    for options in [quote!(modle = "m"), quote!(model = 5), quote!(model), quote!(model = "")] {
        assert_eq!(
            mistakes(
                options,
                quote!(
                    struct A;
                )
            )
            .len(),
            1
        );
    }
    assert_eq!(
        mistakes(
            quote!(),
            quote!(
                struct A;
            )
        ),
        ["`A` has no model to think with; write `#[agent(model = \"..\")]`"]
    );
}

#[test]
fn only_structs_with_names_are_agents() {
    let item = |item: TokenStream| mistakes(quote!(model = "m"), item).join("|");
    assert!(
        item(quote!(
            enum A {
                B,
            }
        ))
        .starts_with("`#[agent]` makes an agent of a struct")
    );
    assert!(
        item(quote!(
            struct A(u8);
        ))
        .starts_with("instructions use fields by name")
    );
    assert!(
        item(quote!(
            struct A<'a> {
                a: &'a str,
            }
        ))
        .starts_with("an agent cannot borrow")
    );
    assert_eq!(
        item(quote!(
            struct A {}
        )),
        ""
    );
    assert_eq!(
        item(quote!(
            struct A;
        )),
        ""
    );
}
