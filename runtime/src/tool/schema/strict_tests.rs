//! Schemas made strict, and those that cannot be.

use super::*;

fn refused(schema: Value) -> String {
    make(schema).expect_err("must be refused").to_string()
}

#[test]
fn nothing_becomes_an_empty_closed_object() {
    let expected = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    assert_eq!(make(json!({})).expect("strict"), expected);
}

#[test]
fn objects_are_closed_and_require_everything_in_order() {
    let made = make(json!({"properties": {"b": {"type": "string"}, "a": {"type": "object"}}})).expect("strict");
    assert_eq!(
        made,
        json!({"properties": {"b": {"type": "string"},
                "a": {"type": "object", "properties": {}, "required": [], "additionalProperties": false}},
            "type": "object", "required": ["b", "a"], "additionalProperties": false})
    );
    assert_eq!(made["required"], json!(["b", "a"]), "the source's order is kept");
}

#[test]
fn open_maps_are_refused_where_they_stand() {
    let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let text = refused(json!({"type": "object", "properties": {"tags": map}}));
    assert_eq!(text, "an open map has no place in strict mode; use a list of key and value at /properties/tags");
}

#[test]
fn one_of_becomes_any_of_and_a_single_all_of_is_inlined() {
    let made = make(json!({"type": "object", "properties": {
        "either": {"oneOf": [{"type": "string"}, {"type": "null"}]},
        "single": {"allOf": [{"type": "integer"}], "description": "d"},
        "several": {"allOf": [{"type": "object", "properties": {"x": {"type": "string"}}}, {"type": "object"}]},
    }}))
    .expect("strict");
    let properties = &made["properties"];
    assert_eq!(properties["either"], json!({"anyOf": [{"type": "string"}, {"type": "null"}]}));
    assert_eq!(properties["single"], json!({"type": "integer", "description": "d"}));
    assert_eq!(properties["several"]["allOf"][0]["required"], json!(["x"]));
    assert_eq!(properties["several"]["allOf"][1]["additionalProperties"], json!(false));
}

#[test]
fn only_a_null_default_is_dropped() {
    let made = make(json!({"type": "object", "properties": {
        "none": {"type": "string", "default": null}, "some": {"type": "string", "default": "x"}}}))
    .expect("strict");
    assert_eq!(made["properties"]["none"], json!({"type": "string"}));
    assert_eq!(made["properties"]["some"], json!({"type": "string", "default": "x"}));
}

#[test]
fn references_stay_alone_and_are_inlined_beside_annotations() {
    let made = make(json!({"type": "object",
        "properties": {"a": {"$ref": "#/$defs/Unit"}, "b": {"$ref": "#/$defs/Unit", "description": "which"}},
        "$defs": {"Unit": {"type": "string", "enum": ["C", "F"], "description": "a unit"}}}))
    .expect("strict");
    assert_eq!(made["properties"]["a"], json!({"$ref": "#/$defs/Unit"}));
    assert_eq!(made["properties"]["b"], json!({"type": "string", "enum": ["C", "F"], "description": "which"}));
}

#[test]
fn hostile_references_are_refused() {
    let beside = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/X", "minimum": 1}},
        "$defs": {"X": {"type": "integer"}}});
    assert_eq!(refused(beside), "`minimum` beside a `$ref` cannot be kept in strict mode at /properties/a");
    let circle = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/X", "title": "t"}},
        "$defs": {"X": {"$ref": "#/$defs/X", "title": "t"}}});
    assert!(refused(circle).contains("goes round in a circle"));
    let outside = json!({"type": "object", "properties": {"a": {"$ref": "http://example.com/x"}}});
    assert!(refused(outside).contains("does not start with `#/`"));
    let nowhere = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/Y", "title": "t"}}});
    assert!(refused(nowhere).contains("leads nowhere"));
}

#[test]
fn a_tag_and_what_it_tags_become_one_object() {
    let cat = json!({"type": "object", "properties": {"lives": {"type": "integer"}}, "required": ["lives"]});
    let tagged = json!({"$ref": "#/$defs/Cat", "type": "object", "properties": {"kind": {"const": "cat"}},
        "required": ["kind"]});
    let made = make(json!({"type": "object", "properties": {"pet": {"oneOf": [tagged]}}, "$defs": {"Cat": cat}}));
    assert_eq!(
        made.expect("strict")["properties"]["pet"]["anyOf"][0],
        json!({"type": "object", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
            "required": ["kind", "lives"], "additionalProperties": false})
    );
}

#[test]
fn a_type_may_hold_itself() {
    let tree = json!({"type": "object", "properties": {
        "left": {"$ref": "#/$defs/Tree", "description": "what is less"}}});
    let made = make(json!({"type": "object", "properties": {"root": {"$ref": "#/$defs/Tree", "description": "all"}},
        "$defs": {"Tree": tree}}));
    let made = made.expect("strict");
    assert_eq!(made["properties"]["root"]["properties"]["left"], json!({"$ref": "#/$defs/Tree"}));
    let left = &made["$defs"]["Tree"]["properties"]["left"];
    assert_eq!(
        (&left["description"], &left["properties"]["left"]),
        (&json!("what is less"), &json!({"$ref": "#/$defs/Tree"}))
    );
}

#[test]
fn maps_and_lists_of_anything_are_refused() {
    let map =
        json!({"type": "object", "patternProperties": {"^\\d+$": {"type": "string"}}, "additionalProperties": false});
    assert!(refused(json!({"type": "object", "properties": {"by_id": map}})).contains("an open map"));
    let list = json!({"type": "array", "items": true});
    assert!(refused(json!({"type": "object", "properties": {"all": list}})).contains("may be anything"));
}

#[test]
fn roots_that_are_unions_or_nullable_are_refused() {
    assert!(refused(json!({"anyOf": [{"type": "object"}]})).contains("no union at the root"));
    assert!(refused(json!({"type": ["object", "null"]})).contains("no nullable root"));
}

#[test]
fn depth_and_size_are_bounded() {
    let mut deep = json!({"type": "string"});
    for _ in 0..=MAX_DEPTH {
        deep = json!({"type": "array", "items": deep});
    }
    assert!(refused(deep).contains("nested more than 100 deep"));
    let many: Map<String, Value> =
        (0..=MAX_NODES).map(|index| (index.to_string(), json!({"type": "string"}))).collect();
    assert!(refused(json!({"type": "object", "properties": many})).contains("more than 100000 nodes"));
}

#[test]
fn lists_are_of_one_known_type() {
    let tuple = json!({"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}, {"type": "number"}],
        "minItems": 3, "maxItems": 3});
    let made = make(json!({"type": "object", "properties": {"point": tuple}})).expect("strict");
    assert_eq!(
        made["properties"]["point"],
        json!({"type": "array", "minItems": 3, "maxItems": 3,
            "items": {"anyOf": [{"type": "number"}, {"type": "string"}]}})
    );
    let schema = json!({"type": "object", "properties": {"list": {"type": "array"}}});
    assert!(refused(schema).contains("what a list holds"));
}

#[test]
fn only_formats_that_providers_take_are_kept() {
    let made = make(json!({"type": "object", "properties": {
        "id": {"type": "string", "format": "uuid"},
        "size": {"type": "integer", "format": "uint32", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string", "format": "uri"}, "uniqueItems": true},
    }}))
    .expect("strict");
    assert_eq!(
        made["properties"],
        json!({"id": {"type": "string", "format": "uuid"}, "size": {"type": "integer", "minimum": 0},
            "tags": {"type": "array", "items": {"type": "string"}}})
    );
    let large = json!({"type": "object", "properties": {"n": {"type": "integer", "format": "int128"}}});
    assert!(refused(large).contains("128 bits"));
}

#[test]
fn anything_is_not_a_type() {
    assert!(refused(json!({"type": "object", "properties": {"a": true}})).contains("may be anything"));
    assert!(refused(json!({"type": "object", "properties": {"a": {}}})).contains("may be anything"));
}
