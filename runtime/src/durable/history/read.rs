//! Reads the JSON of a history, whoever has written it: Temporal's CLI, its UI, other SDKs, and this crate.
//!
//! They write protobuf's JSON (camel case, enums by name, numbers as text, nothing where a value is the default); what
//! Rust's types of it read by themselves is another form. So values are handed over as the types ask for them.

use super::names;
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor, value},
    forward_to_deserialize_any,
};
use serde_json::{Error, Map, Value};

/// Reads a message of the protocol.
pub(super) fn read<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, Error> {
    T::deserialize(Lenient { value, field: "" })
}

/// A value that becomes what is asked for. What is missing is `null`, and becomes the default.
struct Lenient {
    value: Value,
    /// The field that it is the value of, by its name in the protocol.
    field: &'static str,
}

/// Messages with a choice among several fields, which stands in the place of one field in Rust.
const CHOICES: &[(&str, &str)] = &[
    ("HistoryEvent", "attributes"),
    ("VersioningOverride", "override"),
    ("Outcome", "value"),
    ("EventGroupMarker", "variant"),
];

impl Lenient {
    /// The fields of a message, by the names that Rust's type has for them; what it does not know is left out.
    fn fields(self, message: &str, known: &'static [&'static str]) -> Result<Vec<(&'static str, Lenient)>, Error> {
        let mut given = match self.value {
            Value::Null => Map::new(),
            Value::Object(given) => given,
            other => return Err(Error::custom(format!("`{}` should be an object, not {}", self.field, kind(&other)))),
        };
        // These types read protobuf's JSON themselves, and what is missing too.
        let is_complete = message.contains('.');
        let mut fields = Vec::with_capacity(known.len());
        for field in known {
            match given.remove(*field).or_else(|| given.remove(&names::camel(field))) {
                Some(value) => fields.push((*field, Lenient { value, field })),
                None if is_complete => {}
                None => fields.push((*field, Lenient { value: Value::Null, field })),
            }
        }
        for (name, choice) in CHOICES.iter().filter(|(name, _)| *name == message) {
            let chosen = fields.iter_mut().find(|(field, lenient)| field == choice && lenient.value.is_null());
            let is_one = |key: &String| *name != "HistoryEvent" || key.ends_with("EventAttributes");
            if let (Some((_, lenient)), Some(key)) = (chosen, given.keys().find(|key| is_one(key)).cloned()) {
                let value = given.remove(&key).unwrap_or_default();
                lenient.value = Value::Object(Map::from_iter([(names::pascal(&key), value)]));
            }
        }
        Ok(fields)
    }

    fn number<T: std::str::FromStr>(&self, of_text: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
        let Value::String(text) = &self.value else { return Ok(None) };
        let number = text.parse().ok().or_else(|| of_text(text));
        number.map(Some).ok_or_else(|| Error::custom(format!("`{}` cannot be \"{text}\"", self.field)))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Numbers that may be written as text, and are zero where they are missing.
macro_rules! numbers {
    ($($method:ident $visit:ident $of_text:expr),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            if self.value.is_null() {
                return visitor.$visit(Default::default());
            }
            match self.number($of_text)? {
                Some(number) => visitor.$visit(number),
                None => self.value.$method(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Self { value, field } = self;
        match value {
            Value::Array(items) => {
                visitor.visit_seq(value::SeqDeserializer::new(items.into_iter().map(|value| Self { value, field })))
            }
            Value::Object(entries) => visitor.visit_map(value::MapDeserializer::new(
                entries.into_iter().map(|(key, value)| (key, Self { value, field: "" })),
            )),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_bool(false) } else { self.value.deserialize_bool(visitor) }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() {
            return visitor.visit_i32(0);
        }
        let field = self.field;
        match self.number(|name| names::number(field, name))? {
            Some(number) => visitor.visit_i32(number),
            None => self.value.deserialize_i32(visitor),
        }
    }

    numbers!(
        deserialize_i64 visit_i64 |_| None,
        deserialize_u32 visit_u32 |_| None,
        deserialize_u64 visit_u64 |_| None,
        deserialize_f32 visit_f32 |_| None,
        deserialize_f64 visit_f64 |_| None
    );

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_str("") } else { self.value.deserialize_str(visitor) }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = if self.value.is_null() { Value::Array(Vec::new()) } else { self.value };
        Self { value, ..self }.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = if self.value.is_null() { Value::Object(Map::new()) } else { self.value };
        Self { value, ..self }.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(value::MapDeserializer::new(self.fields(name, known)?.into_iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Value::Object(chosen) = self.value else {
            return Err(Error::custom(format!("`{}` should be an object with one key", self.field)));
        };
        let (name, value) = chosen.into_iter().next().unwrap_or_default();
        visitor.visit_enum(Choice { name, value: Self { value, field: "" } })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

impl IntoDeserializer<'_, Error> for Lenient {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// One of several fields.
struct Choice {
    name: String,
    value: Lenient,
}

impl<'de> EnumAccess<'de> for Choice {
    type Error = Error;
    type Variant = Lenient;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Lenient), Error> {
        Ok((seed.deserialize(value::StringDeserializer::new(self.name))?, self.value))
    }
}

impl<'de> VariantAccess<'de> for Lenient {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }
}
