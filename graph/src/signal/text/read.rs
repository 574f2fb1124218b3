//! Words as values, through serde.

use super::super::Sig;
use super::write::snake;
use serde::Deserialize;
use serde::de::{self, IntoDeserializer, Visitor};
use std::fmt::Display;
use std::str::FromStr;

/// What was expected and is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Fault(message.to_string())
    }
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name or a number.
    Word(String),
    /// A name before `=`.
    Field(String),
    Text(String),
    Sig(String),
    Open,
    Close,
}

impl Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Word(word) => write!(f, "{word}"),
            Token::Field(name) => write!(f, "{name}="),
            Token::Text(text) => write!(f, "\"{text}\""),
            Token::Sig(number) => write!(f, "%{number}"),
            Token::Open => f.write_str("["),
            Token::Close => f.write_str("]"),
        }
    }
}

/// A line's words, and how far it is read.
pub struct Line {
    tokens: Vec<Token>,
    at: usize,
}

impl Line {
    /// Cuts a line into words.
    pub fn new(line: &str) -> Result<Line, String> {
        let mut tokens = Vec::new();
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            match first {
                ';' => break,
                '[' => tokens.push(Token::Open),
                ']' => tokens.push(Token::Close),
                '=' => match tokens.pop() {
                    Some(Token::Word(name)) => tokens.push(Token::Field(name)),
                    // `%0 =` needs no mark: the place says it.
                    Some(sig @ Token::Sig(_)) => tokens.push(sig),
                    _ => return Err("a `=` follows a name".to_owned()),
                },
                '"' => {
                    let (text, after) = quoted(&rest[1..])?;
                    tokens.push(Token::Text(text));
                    rest = after.trim_start();
                    continue;
                }
                _ => {
                    let ends = |c: char| c.is_whitespace() || "[]=\";".contains(c);
                    let end = rest.find(ends).unwrap_or(rest.len());
                    let word = &rest[..end];
                    tokens.push(match word.strip_prefix('%') {
                        Some(number) => Token::Sig(number.to_owned()),
                        None => Token::Word(word.to_owned()),
                    });
                    rest = rest[end..].trim_start();
                    continue;
                }
            }
            rest = rest[1..].trim_start();
        }
        Ok(Line { tokens, at: 0 })
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.at == self.tokens.len()
    }

    /// Whether nothing is left, else an error.
    pub fn end(&self) -> Result<(), Fault> {
        match self.tokens.get(self.at) {
            None => Ok(()),
            Some(token) => Err(Fault(format!("`{token}` is too much"))),
        }
    }

    /// The result that this line defines, if it begins with one.
    pub fn take_definition(&mut self) -> Result<Option<Sig>, Fault> {
        match self.tokens.get(self.at) {
            Some(Token::Sig(_)) => self.value::<Sig>().map(Some),
            _ => Ok(None),
        }
    }

    /// The next word, if it is one.
    pub fn peek_word(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// The next word.
    pub fn word(&mut self) -> Result<String, Fault> {
        self.take("a word", |token| match token {
            Token::Word(word) => Some(word.clone()),
            _ => None,
        })
    }

    /// The next value.
    pub fn value<'de, T: Deserialize<'de>>(&mut self) -> Result<T, Fault> {
        T::deserialize(self)
    }

    fn take<T>(&mut self, what: &str, of: impl Fn(&Token) -> Option<T>) -> Result<T, Fault> {
        let Some(token) = self.tokens.get(self.at) else {
            return Err(Fault(format!("expected {what}, but the line ends")));
        };
        let value = of(token).ok_or_else(|| Fault(format!("expected {what}, not `{token}`")))?;
        self.at += 1;
        Ok(value)
    }

    fn number<T: FromStr>(&mut self) -> Result<T, Fault> {
        self.take("a number", |token| match token {
            Token::Word(word) => word.parse().ok(),
            _ => None,
        })
    }

    fn is_next(&self, token: &Token) -> bool {
        self.tokens.get(self.at) == Some(token)
    }
}

/// What stands before the closing quote, and what comes after.
fn quoted(rest: &str) -> Result<(String, &str), String> {
    let (mut text, mut chars) = (String::new(), rest.char_indices());
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((text, &rest[i + 1..])),
            '\\' => match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, other)) => text.push(other),
                None => break,
            },
            other => text.push(other),
        }
    }
    Err("a `\"` is missing at the end".to_owned())
}

macro_rules! numbers {
    ($($method:ident $visit:ident $ty:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.number::<$ty>()?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Line {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault("the text form does not say what this is".to_owned()))
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.number::<bool>()?)
    }
    numbers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_f64 visit_f64 f64;
    }
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let x = self.take("a number", |token| match token {
            Token::Word(word) => match word.strip_prefix("0x") {
                Some(bits) => u32::from_str_radix(bits, 16).ok().map(f32::from_bits),
                None => word.parse().ok(),
            },
            _ => None,
        });
        visitor.visit_f32(x?)
    }
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.take("a text in quotes", |token| match token {
            Token::Text(text) => Some(text.clone()),
            _ => None,
        })?)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_next(&Token::Word("none".to_owned())) {
            self.at += 1;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name != "Sig" {
            return visitor.visit_newtype_struct(self);
        }
        let number = self.take("a result like %3", |token| match token {
            Token::Sig(number) => number.parse::<u16>().ok(),
            _ => None,
        })?;
        visitor.visit_newtype_struct(number.into_deserializer())
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.take("`[`", |token| (*token == Token::Open).then_some(()))?;
        let value = visitor.visit_seq(Parts {
            line: self,
            left: usize::MAX,
        })?;
        self.take("`]`", |token| (*token == Token::Close).then_some(()))?;
        Ok(value)
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_map(Parts {
            line: self,
            left: usize::MAX,
        })
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let word = self.word()?;
        let found = variants.iter().find(|name| snake(name) == word);
        let name = found.ok_or_else(|| <Fault as de::Error>::unknown_variant(&word, variants))?;
        visitor.visit_enum(Variant { name, line: self })
    }
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.take("a field", |token| match token {
            Token::Field(name) => Some(name.clone()),
            _ => None,
        })?)
    }

    serde::forward_to_deserialize_any! {
        char bytes byte_buf unit unit_struct map ignored_any
    }
}

/// Parts of a value: a bounded number, or all up to a bracket, or all fields that follow.
struct Parts<'a> {
    line: &'a mut Line,
    left: usize,
}

impl<'de> de::SeqAccess<'de> for Parts<'_> {
    type Error = Fault;
    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        if self.left == 0 || self.line.is_next(&Token::Close) {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.line).map(Some)
    }
}

impl<'de> de::MapAccess<'de> for Parts<'_> {
    type Error = Fault;
    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        match self.line.tokens.get(self.line.at) {
            Some(Token::Field(_)) => seed.deserialize(&mut *self.line).map(Some),
            _ => Ok(None),
        }
    }
    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        seed.deserialize(&mut *self.line)
    }
}

/// A variant whose name was read.
struct Variant<'a> {
    name: &'static str,
    line: &'a mut Line,
}

impl<'a, 'de> de::EnumAccess<'de> for Variant<'a> {
    type Error = Fault;
    type Variant = Variant<'a>;
    fn variant_seed<V: de::DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Variant<'a>), Fault> {
        let name: de::value::StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_> {
    type Error = Fault;
    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }
    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.line)
    }
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(Parts {
            line: self.line,
            left: len,
        })
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_struct(self.line, "", fields, visitor)
    }
}
