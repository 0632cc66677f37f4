//! Where our schemas are not those of `function_tool`, on purpose, and what they are instead.

/// One place where a case differs.
pub(super) struct Difference {
    pub(super) case: &'static str,
    /// A JSON pointer; all that is below it differs with it.
    pub(super) at: &'static str,
    /// What stands there on our side, as JSON; `None` if nothing does.
    pub(super) ours: Option<&'static str>,
}

const fn has(case: &'static str, at: &'static str, ours: &'static str) -> Difference {
    Difference { case, at, ours: Some(ours) }
}

const fn lacks(case: &'static str, at: &'static str) -> Difference {
    Difference { case, at, ours: None }
}

/// All of them, by the names of their reasons.
pub(super) const ALL: [(&str, &[Difference]); 15] = [
    ("NOT_TAKEN", NOT_TAKEN),
    ("TUPLES_ARE_LISTS", TUPLES_ARE_LISTS),
    ("READ_IN_ANOTHER_FORM", READ_IN_ANOTHER_FORM),
    ("RUST_SAYS_MORE", RUST_SAYS_MORE),
    ("PYTHON_SAYS_MORE", PYTHON_SAYS_MORE),
    ("DEFAULTS_ARE_TOLD", DEFAULTS_ARE_TOLD),
    ("ONE_OF_ONE", ONE_OF_ONE),
    ("UNION_IN_A_UNION", UNION_IN_A_UNION),
    ("VARIANTS_IN_PLACE", VARIANTS_IN_PLACE),
    ("NAMES_OF_TYPES", NAMES_OF_TYPES),
    ("WHOLE_COMMENT", WHOLE_COMMENT),
    ("KNOWN_KEYS", KNOWN_KEYS),
    ("NOT_PECULIAR_TO_PYTHON", NOT_PECULIAR_TO_PYTHON),
    ("MAY_BE_ANYTHING", MAY_BE_ANYTHING),
    ("NOT_STRICT", NOT_STRICT),
];

/// The OpenAI API refuses a strict tool with one of these keywords or formats, so they are not sent.
const NOT_TAKEN: &[Difference] = &[
    lacks("set_of_text", "/properties/tags/uniqueItems"),
    lacks("length_of_set", "/properties/tags/uniqueItems"),
    lacks("a_time", "/properties/at/format"),
    lacks("a_url", "/properties/url/format"),
    lacks("a_path", "/properties/path/format"),
];

/// Nor does it take `prefixItems`: a tuple is told as a list of as many, of any of its types.
const TUPLES_ARE_LISTS: &[Difference] = &[
    lacks("tuple_of_one_type", "/properties/point/prefixItems"),
    has("tuple_of_one_type", "/properties/point/items", r#"{"type": "number"}"#),
    lacks("tuple_of_three", "/properties/color/prefixItems"),
    has("tuple_of_three", "/properties/color/items", r#"{"type": "integer"}"#),
    lacks("tuple_of_several_types", "/properties/entry/prefixItems"),
    has(
        "tuple_of_several_types",
        "/properties/entry/items",
        r#"{"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]}"#,
    ),
    lacks("named_tuple", "/$defs/Interval/prefixItems"),
    has("named_tuple", "/$defs/Interval/items", r#"{"type": "integer"}"#),
];

/// A schema has to tell what serde reads: a span of time as two numbers, and bytes as a list of them.
const READ_IN_ANOTHER_FORM: &[Difference] = &[
    has("a_timedelta", "/properties/wait", r##"{"$ref": "#/$defs/Duration"}"##),
    has(
        "a_timedelta",
        "/$defs",
        r#"{"Duration": {
            "type": "object",
            "properties": {"secs": {"type": "integer", "minimum": 0}, "nanos": {"type": "integer", "minimum": 0}},
            "required": ["secs", "nanos"],
            "additionalProperties": false
        }}"#,
    ),
    has(
        "some_bytes",
        "/properties/data",
        r#"{"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}}"#,
    ),
];

/// A type of Rust says by itself what Python's SDK loses, or what only a constraint says there: that a number has no
/// sign or is not zero, and that a key may be missing.
const RUST_SAYS_MORE: &[Difference] = &[
    has("non_negative", "/properties/count/minimum", "0"),
    lacks("model_with_counts", "/$defs/Counts/properties/wanted/exclusiveMinimum"),
    has("model_with_counts", "/$defs/Counts/properties/wanted/minimum", "1"),
    has(
        "a_partial_typed_dict",
        "/$defs/Partial/properties/title",
        r#"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#,
    ),
    has(
        "a_partial_typed_dict",
        "/$defs/Partial/properties/year",
        r#"{"anyOf": [{"type": "integer"}, {"type": "null"}]}"#,
    ),
];

/// That a URL is not empty is clear to a model, and schemars leaves it to the type to check.
const PYTHON_SAYS_MORE: &[Difference] = &[lacks("a_url", "/properties/url/minLength")];

/// Pydantic keeps to itself what the function for a default would make; serde knows no other kind, and it is told.
const DEFAULTS_ARE_TOLD: &[Difference] = &[has("model_with_factory", "/$defs/Factory/properties/tags/default", "[]")];

/// An enum of one value is written like any other enum; it means the same as `const`.
const ONE_OF_ONE: &[Difference] =
    &[lacks("literal_single", "/properties/kind/const"), has("literal_single", "/properties/kind/enum", r#"["book"]"#)];

/// An `Option` of a union is a union of it and `null`, as the types are; Python makes one of the two.
const UNION_IN_A_UNION: &[Difference] = &[has(
    "union_optional",
    "/properties/id/anyOf",
    r#"[{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"type": "null"}]"#,
)];

/// Variants of an enum have no types, so they stand where the enum does, and the struct in one is merged with its tag.
/// The `const` in each tells them apart; a `discriminator` is no word of JSON schema.
const VARIANTS_IN_PLACE: &[Difference] = &[
    has(
        "discriminated",
        "/properties/pet",
        r#"{"anyOf": [
            {
                "type": "object",
                "description": "A cat.",
                "properties": {
                    "kind": {"type": "string", "const": "cat"},
                    "lives": {"type": "integer", "description": "Those that are left."}
                },
                "required": ["kind", "lives"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "description": "A dog.",
                "properties": {"kind": {"type": "string", "const": "dog"}, "good": {"type": "boolean"}},
                "required": ["kind", "good"],
                "additionalProperties": false
            }
        ]}"#,
    ),
    has(
        "discriminated",
        "/$defs",
        r#"{
            "Cat": {
                "type": "object",
                "description": "A cat.",
                "properties": {"lives": {"type": "integer", "description": "Those that are left."}},
                "required": ["lives"],
                "additionalProperties": false
            },
            "Dog": {
                "type": "object",
                "description": "A dog.",
                "properties": {"good": {"type": "boolean"}},
                "required": ["good"],
                "additionalProperties": false
            }
        }"#,
    ),
    has(
        "list_of_discriminated",
        "/properties/pets/items",
        r#"{"anyOf": [
            {
                "type": "object",
                "description": "A cat.",
                "properties": {
                    "kind": {"type": "string", "const": "cat"},
                    "lives": {"type": "integer", "description": "Those that are left."}
                },
                "required": ["kind", "lives"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "description": "A dog.",
                "properties": {"kind": {"type": "string", "const": "dog"}, "good": {"type": "boolean"}},
                "required": ["kind", "good"],
                "additionalProperties": false
            }
        ]}"#,
    ),
    lacks("list_of_discriminated", "/$defs"),
    has(
        "union_by_the_key",
        "/properties/shape",
        r##"{"anyOf": [
            {
                "type": "object",
                "properties": {"circle": {"$ref": "#/$defs/Circle"}},
                "required": ["circle"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {"square": {"$ref": "#/$defs/Square"}},
                "required": ["square"],
                "additionalProperties": false
            }
        ]}"##,
    ),
    lacks("union_by_the_key", "/$defs/CircleShape"),
    lacks("union_by_the_key", "/$defs/SquareShape"),
    has(
        "recursive_alias",
        "/$defs",
        r##"{"Expression": {"anyOf": [
            {
                "type": "object",
                "properties": {"kind": {"type": "string", "const": "constant"}, "value": {"type": "number"}},
                "required": ["kind", "value"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "const": "negation"},
                    "inner": {"$ref": "#/$defs/Expression"}
                },
                "required": ["kind", "inner"],
                "additionalProperties": false
            }
        ]}}"##,
    ),
    // With its description it is told once more, and from there on only named.
    has(
        "recursive_alias_described",
        "/$defs",
        r##"{"Choice": {"anyOf": [
            {
                "type": "object",
                "properties": {"kind": {"type": "string", "const": "constant"}, "value": {"type": "number"}},
                "required": ["kind", "value"],
                "additionalProperties": false
            },
            {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "const": "condition"},
                    "then": {
                        "description": "What it is if so.",
                        "anyOf": [
                            {
                                "type": "object",
                                "properties": {
                                    "kind": {"type": "string", "const": "constant"},
                                    "value": {"type": "number"}
                                },
                                "required": ["kind", "value"],
                                "additionalProperties": false
                            },
                            {
                                "type": "object",
                                "properties": {
                                    "kind": {"type": "string", "const": "condition"},
                                    "then": {"$ref": "#/$defs/Choice"}
                                },
                                "required": ["kind", "then"],
                                "additionalProperties": false
                            }
                        ]
                    }
                },
                "required": ["kind", "then"],
                "additionalProperties": false
            }
        ]}}"##,
    ),
];

/// Schemars counts types of one name, where Pydantic adds modules and parameters to it; and a generic type of Pydantic
/// loses its docstring.
const NAMES_OF_TYPES: &[Difference] = &[
    has("generic_twice", "/properties/points", r##"{"$ref": "#/$defs/Page"}"##),
    has("generic_twice", "/properties/numbers", r##"{"$ref": "#/$defs/Page2"}"##),
    lacks("generic_twice", "/$defs/Page_Point_"),
    lacks("generic_twice", "/$defs/Page_int_"),
    has(
        "generic_twice",
        "/$defs/Page",
        r##"{
            "type": "object",
            "description": "One page of many.",
            "properties": {
                "items": {"type": "array", "items": {"$ref": "#/$defs/Point"}},
                "next": {"anyOf": [{"type": "integer"}, {"type": "null"}]}
            },
            "required": ["items", "next"],
            "additionalProperties": false
        }"##,
    ),
    has(
        "generic_twice",
        "/$defs/Page2",
        r#"{
            "type": "object",
            "description": "One page of many.",
            "properties": {
                "items": {"type": "array", "items": {"type": "integer"}},
                "next": {"anyOf": [{"type": "integer"}, {"type": "null"}]}
            },
            "required": ["items", "next"],
            "additionalProperties": false
        }"#,
    ),
    has("same_name", "/properties/billing", r##"{"$ref": "#/$defs/Account"}"##),
    has("same_name", "/properties/login", r##"{"$ref": "#/$defs/Account2"}"##),
    has(
        "same_name",
        "/$defs",
        r#"{
            "Account": {
                "type": "object",
                "properties": {"iban": {"type": "string"}},
                "required": ["iban"],
                "additionalProperties": false
            },
            "Account2": {
                "type": "object",
                "properties": {"user": {"type": "string"}},
                "required": ["user"],
                "additionalProperties": false
            }
        }"#,
    ),
];

/// Doc comments have no sections that are only for people: a model is told all of it.
const WHOLE_COMMENT: &[Difference] =
    &[has("more_sections", "/description", r#""Searches the documents.\n\n# Errors\nWhen the query is empty.""#)];

/// A map whose keys are those of an enum has no others, so it can be told as an object; Python's SDK refuses it.
const KNOWN_KEYS: &[Difference] = &[has(
    "a_map_of_literals",
    "",
    r#"{
        "description": "Takes two keys.",
        "strict": true,
        "type": "object",
        "properties": {"prices": {
            "type": "object",
            "properties": {"adult": {"type": "number"}, "child": {"type": "number"}},
            "required": ["adult", "child"],
            "additionalProperties": false
        }},
        "required": ["prices"],
        "additionalProperties": false
    }"#,
)];

/// What Python's SDK refuses because of how it takes functions apart is no matter in Rust: a context may be anywhere,
/// and the name of an argument may begin with an underscore.
const NOT_PECULIAR_TO_PYTHON: &[Difference] = &[
    has(
        "context_last",
        "",
        r#"{
            "description": "Takes the context of the run behind the rest.",
            "strict": true,
            "type": "object",
            "properties": {"query": {"type": "string"}},
            "required": ["query"],
            "additionalProperties": false
        }"#,
    ),
    has(
        "underscore",
        "",
        r#"{
            "description": "Takes an argument that looks private.",
            "strict": true,
            "type": "object",
            "properties": {"_verbose": {"type": "boolean"}},
            "required": ["_verbose"],
            "additionalProperties": false
        }"#,
    ),
];

/// Strict mode needs a type everywhere: the OpenAI API refuses what Python's SDK lets pass here, and we do so earlier.
const MAY_BE_ANYTHING: &[Difference] =
    &[has("bare_list", "", r#"{"refused": true}"#), has("anything", "", r#"{"refused": true}"#)];

/// A schema that is not strict is sent as schemars writes it, but for two things: the object of all arguments is
/// closed, since an unknown one is refused when it is given; and what may be `null` need not be given.
const NOT_STRICT: &[Difference] = &[
    has("a_map_not_strict", "/additionalProperties", "false"),
    has("anything_not_strict", "/additionalProperties", "false"),
    has("anything_not_strict", "/properties/value", "true"),
    has("anything_not_strict", "/required", "[]"),
    has("defaults_not_strict", "/additionalProperties", "false"),
    has("defaults_not_strict", "/properties/limit/format", r#""int64""#),
    has("defaults_not_strict", "/properties/after", r#"{"type": ["string", "null"]}"#),
];
