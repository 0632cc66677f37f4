// Written by a test; made of `mistakes.input.rs`.

#[allow(dead_code)]
async fn search(query: &str) -> Result<Vec<Hit>, ToolError> {
    look_up(query).await
}
::core::compile_error! {
    "`#[tool]` has no option `timout`; did you mean `timeout`?"
}
::core::compile_error! {
    "`search` has no description, and the model chooses tools by it\nadd a `///` comment above the function"
}
::core::compile_error! {
    "`query` comes from JSON and must be owned; write `String`"
}
::core::compile_error! {
    "`retries` is a whole number, 0 or more, not `-1`"
}
#[allow(dead_code, non_camel_case_types)]
struct search {}
#[allow(dead_code, private_interfaces)]
impl search {
    fn call(_: &str) -> ::steadfast::__private::ToolRun<search, (), Vec<Hit>> {
        loop {}
    }
}
impl ::steadfast::__private::Tool for search {
    const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
        name: "search",
        description: "",
        module: "",
        item: "search",
        args: &[],
        states: &[],
        options: ::steadfast::__private::ToolOptions::DEFAULT,
        run: ::steadfast::__private::Runs::Function(|_| loop {}),
    };
}
