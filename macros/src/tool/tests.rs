//! The rules of tools, by their messages.

use super::{activity, args::Args, model::Tool};
use crate::{
    diag::Errors,
    signature::{Function, Role},
};
use proc_macro2::TokenStream;
use quote::quote;

/// What is wrong with a tool.
#[allow(clippy::needless_pass_by_value)] // It is what `quote!` gives.
fn mistakes(options: TokenStream, item: TokenStream) -> Vec<String> {
    let mut errors = Errors::default();
    let args = Args::read(options, &mut errors);
    if let Some(function) = Function::read(&item, Role::Tool, &mut errors) {
        Tool::check(args, &function, Role::Tool, &mut errors);
    }
    errors.messages()
}

/// What is wrong with an activity.
#[allow(clippy::needless_pass_by_value)] // It is what `quote!` gives.
fn mistakes_of_activity(options: TokenStream, item: TokenStream) -> Vec<String> {
    let mut errors = Errors::default();
    let args = activity::read(options, &mut errors);
    if let Some(function) = Function::read(&item, Role::Activity, &mut errors) {
        Tool::check(args, &function, Role::Activity, &mut errors);
    }
    errors.messages()
}

#[test]
fn an_activity_needs_nothing_that_is_for_models() {
    let item = quote!(
        async fn charge(map: HashMap<String, Value>, #[arg(default, rename = "a b")] id: u128, bank: State<Bank>) {}
    );
    let options =
        quote!(name = "billing/charge", timeout = "10s", backoff(initial = "2s"), local, cache = "1m", as = Charge);
    assert_eq!(mistakes_of_activity(options, item), [] as [&str; 0]);
}

#[test]
fn an_activity_has_no_options_that_are_for_models() {
    let item = quote!(
        fn charge(&self, (a, b): (u8, u8), #[arg(range(min = 1))] cents: u32) {}
    );
    let options =
        quote!(approval, tags = ["x"], tag = 1, retries = 0, backoff(initial = "2s"), name = "steadfast.model");
    assert_eq!(
        mistakes_of_activity(options, item),
        [
            "`#[activity]` has no option `approval`: only what a model asks for is approved; in a workflow, wait for a signal \
             before the call",
            "`#[activity]` has no option `tags`: they tell a model's tools apart; remove it",
            "`#[activity]` has no option `tag`\nits options are `name`, `timeout`, `schedule_to_close`, `heartbeat`, `retries`, \
             `backoff`, `non_retryable`, `task_queue`, `local`, `cache`, `as`, `crate`",
            "an activity has no `self`; take what it needs as `State<T>`",
            "names that begin with `steadfast.` are those of the framework's own activities; use another",
            "arguments go by name; write a plain name, and take it apart in the body",
            "no model fills in what an activity takes, so nobody is held to rules; check it in the body",
            "`backoff` is about retries, and there are none; add `retries = 3`",
        ]
    );
}

#[test]
fn a_good_tool_has_no_mistakes() {
    let item = quote! {
        /// Adds.
        async fn add(mut a: u32, #[arg(default = 1)] b: u32, http: State<Client>, context: ToolContext) -> u32 { a + b }
    };
    let options = quote!(name = "add-up", timeout = "10s", retries = 3, task_queue = "cpu", as = Add);
    assert_eq!(mistakes(options, item), [] as [&str; 0]);
}

#[test]
fn all_mistakes_are_found_at_once() {
    let item = quote!(
        async fn search(query: &str, #[arg(default)] http: State<Client>, (a, b): (u8, u8)) {}
    );
    assert_eq!(
        mistakes(quote!(timout = "10s", name = "web search", retries = -1, timeout = "30 secs", task_queue = ""), item),
        [
            "`#[tool]` has no option `timout`; did you mean `timeout`?",
            "no model can call a tool named `web search`; use 1 to 64 ASCII letters, digits, `_` or `-`",
            "`search` has no description, and the model chooses tools by it\nadd a `///` comment above the function",
            "`query` comes from JSON and must be owned; write `String`",
            "`http` is filled in by the worker, so it has no default; remove `#[arg]`",
            "the model fills in arguments by name; write a plain name, and take it apart in the body",
            "`retries` is a whole number, 0 or more, not `-1`",
            "`30 secs` is not a duration; write a whole number and a unit, as in `\"250ms\"`, `\"30s\"` or `\"5m\"`",
            "`task_queue` is empty; say something, or leave it out",
        ]
    );
}

#[test]
fn a_local_tool_has_no_queue() {
    let item = quote!(
        #[doc = "Does."]
        fn f() {}
    );
    assert_eq!(mistakes(quote!(local), item.clone()), [] as [&str; 0]);
    assert_eq!(mistakes(quote!(local = false, task_queue = "gpu"), item.clone()), [] as [&str; 0]);
    assert_eq!(mistakes(quote!(local = 1), item.clone()), ["`local` takes `true` or `false`; write `local = true`"]);
    let both = mistakes(quote!(local, task_queue = "gpu"), item);
    assert_eq!(both.len(), 1);
    assert!(both[0].ends_with("remove `local` or `task_queue`"), "{both:?}");
}

#[test]
fn rules_have_to_fit_their_argument() {
    let rules = |parameter: TokenStream| mistakes(quote!(), quote!(#[doc = "Does."] fn f(#parameter) {})).join("|");
    for good in [
        quote!(#[arg(range(min = 1, max = 2.5))] x: Option<f32>),
        quote!(#[schemars(length(equal = 2), regex(pattern = "a"))] x: String),
        quote!(#[arg(length(max = 2), inner(inner(pattern = "a")))] x: Vec<[String; 2]>),
        quote!(#[arg(range(min = LEAST), length(min = 1), pattern = "a", inner(length(max = MOST)))] x: Mine),
    ] {
        assert_eq!(rules(good.clone()), "", "{good}");
    }
    assert!(rules(quote!(#[arg(range(min = 1))] x: bool)).starts_with("`x` is `true` or `false`"));
    assert!(rules(quote!(#[arg(range(min = 1))] x: Vec<u8>)).starts_with("`x` is a list; write `length(..)`"));
    assert!(rules(quote!(#[arg(pattern = "a")] x: u8)).starts_with("`x` is no text"));
    assert!(rules(quote!(#[arg(inner(length(min = 1)))] x: Vec<u8>)).starts_with("`x[..]` is a number"));
    assert!(rules(quote!(#[arg(length(min = 1, equal = 2))] x: String)).starts_with("`equal` says all"));
    assert!(
        rules(quote!(#[arg(range(min = -1, max = -2))] x: i8)).starts_with("nothing is at least -1 and at most -2")
    );
    assert!(rules(quote!(#[arg(range(mn = 1))] x: i8)).contains("did you mean `min`?"));
    assert!(rules(quote!(#[arg(range = 3)] x: i8)).contains("write `range(min = 1, max = 10)`"));
}

#[test]
fn strict_mode_has_its_limits() {
    let f = |options: TokenStream, ty: TokenStream| mistakes(options, quote!(#[doc = "Does."] fn f(x: #ty) {}));
    for ty in
        [quote!(HashMap<String, u8>), quote!(Vec<serde_json::Value>), quote!(Option<u128>), quote!((u8, [i128; 2]))]
    {
        let found = f(quote!(), ty.clone());
        assert_eq!(found.len(), 1, "{ty}");
        assert!(found[0].ends_with("or write `#[tool(strict = false)]`"), "{found:?}");
        assert_eq!(f(quote!(strict = false), ty), [] as [&str; 0]);
    }
}

#[test]
fn functions_of_other_kinds_are_refused() {
    let function = |item: TokenStream| mistakes(quote!(), quote!(#[doc = "Does."] #item)).join("|");
    assert!(
        function(quote!(
            fn f(&self) {}
        ))
        .starts_with("a tool has no `self`")
    );
    assert!(
        function(quote!(
            unsafe fn f() {}
        ))
        .starts_with("a tool cannot be `unsafe`")
    );
    assert!(
        function(quote!(
            const fn f() {}
        ))
        .starts_with("a tool runs long after compiling")
    );
    assert!(
        function(quote!(
            extern "C" fn f() {}
        ))
        .starts_with("a tool is not called from C")
    );
    assert!(
        function(quote!(
            fn f<T>(x: T) {}
        ))
        .starts_with("a tool goes by one name")
    );
    assert!(
        function(quote!(
            fn f<'a>(x: Cow<'a, str>) {}
        ))
        .starts_with("a tool cannot borrow")
    );
    assert!(
        function(quote!(
            fn f(x: impl Clone) {}
        ))
        .starts_with("`x` comes from JSON")
    );
    assert!(
        function(quote!(
            fn f() -> impl Clone {}
        ))
        .starts_with("the result of a tool")
    );
    assert!(
        function(quote!(
            fn f() -> fmt::Result {}
        ))
        .starts_with("this hides")
    );
    assert!(
        function(quote!(
            fn f(#[cfg(x)] a: u8) {}
        ))
        .starts_with("a tool has the same arguments")
    );
    assert!(
        function(quote!(
            fn f(http: &State<Client>) {}
        ))
        .contains("write `State<Client>`")
    );
    assert!(
        function(quote!(
            fn f();
        ))
        .starts_with("a tool needs a body")
    );
    assert!(
        function(quote!(
            struct F;
        ))
        .starts_with("`#[tool]` makes a tool of a function")
    );
    assert!(
        function(quote!(
            const F: u8 = 1;
        ))
        .starts_with("`#[tool]` makes a tool of a function")
    );
}

#[test]
fn names_are_checked_for_models() {
    let long: TokenStream = format!("/// Does.\nfn {}() {{}}", "a".repeat(65)).parse().expect("tokens");
    assert_eq!(mistakes(quote!(), long.clone()).len(), 1);
    assert_eq!(mistakes(quote!(name = "short"), long), [] as [&str; 0]);
    let keyword: TokenStream = "/// Does.\nfn r#type() {}".parse().expect("tokens");
    assert_eq!(mistakes(quote!(), keyword), [] as [&str; 0]);
}
