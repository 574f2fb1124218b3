//! Values as words, through serde.

use serde::ser::{self, Serialize};
use std::fmt::{self, Display, Write};

/// A value as words with blanks between.
pub fn words(value: &impl Serialize) -> Result<String, fmt::Error> {
    let mut out = Words::default();
    value.serialize(&mut out).map_err(|_| fmt::Error)?;
    Ok(out.text)
}

/// A number that is read back with the same bits: what is not finite as its bits.
pub fn real(x: f32) -> String {
    if x.is_finite() {
        format!("{x:?}")
    } else {
        format!("{:#010x}", x.to_bits())
    }
}

/// `RwTable` as `rw_table`.
pub fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for (i, c) in name.char_indices() {
        if c.is_ascii_uppercase() && i > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[derive(Default)]
struct Words {
    text: String,
    /// What was written last is a `field=`, and its value follows at once.
    joined: bool,
}

impl Words {
    fn word(&mut self, word: impl Display) -> Result<(), Unwritable> {
        if !self.text.is_empty() && !self.joined {
            self.text.push(' ');
        }
        self.joined = false;
        write!(self.text, "{word}").map_err(|_| Unwritable)
    }
    fn field(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Result<(), Unwritable> {
        self.word(format_args!("{name}="))?;
        self.joined = true;
        value.serialize(self)
    }
}

/// What the text form has no words for.
#[derive(Debug, thiserror::Error)]
#[error("there are no words for this")]
pub struct Unwritable;

impl ser::Error for Unwritable {
    fn custom<T: Display>(_: T) -> Self {
        Unwritable
    }
}

impl<'a> ser::Serializer for &'a mut Words {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = ser::Impossible<(), Unwritable>;
    type SerializeStruct = List<'a>;
    type SerializeStructVariant = List<'a>;

    fn serialize_bool(self, v: bool) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_i8(self, v: i8) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_i16(self, v: i16) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_i32(self, v: i32) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_i64(self, v: i64) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_u8(self, v: u8) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_u16(self, v: u16) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_u32(self, v: u32) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_u64(self, v: u64) -> Result<(), Unwritable> {
        self.word(v)
    }
    fn serialize_f32(self, v: f32) -> Result<(), Unwritable> {
        self.word(real(v))
    }
    fn serialize_f64(self, v: f64) -> Result<(), Unwritable> {
        self.word(format_args!("{v:?}"))
    }
    fn serialize_char(self, v: char) -> Result<(), Unwritable> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, v: &str) -> Result<(), Unwritable> {
        let escaped = v.replace('\\', "\\\\").replace('"', "\\\"");
        self.word(format_args!("\"{}\"", escaped.replace('\n', "\\n")))
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unwritable> {
        Err(Unwritable)
    }
    fn serialize_none(self) -> Result<(), Unwritable> {
        self.word("none")
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Unwritable> {
        Err(Unwritable)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        Err(Unwritable)
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Unwritable> {
        self.word(snake(variant))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        if name == "Sig" {
            self.word('%')?;
            self.joined = true;
        }
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.word(snake(variant))?;
        value.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Unwritable> {
        self.word('[')?;
        Ok(List {
            words: self,
            closes: true,
        })
    }
    fn serialize_tuple(self, _: usize) -> Result<List<'a>, Unwritable> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, Unwritable> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, Unwritable> {
        self.word(snake(variant))?;
        Ok(List {
            words: self,
            closes: false,
        })
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unwritable> {
        Err(Unwritable)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<List<'a>, Unwritable> {
        Ok(List {
            words: self,
            closes: false,
        })
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<List<'a>, Unwritable> {
        self.serialize_tuple_variant("", 0, variant, len)
    }
}

/// Parts of a value, one after the other.
struct List<'a> {
    words: &'a mut Words,
    /// A bracket was opened.
    closes: bool,
}

impl List<'_> {
    fn close(self) -> Result<(), Unwritable> {
        if self.closes {
            self.words.word(']')
        } else {
            Ok(())
        }
    }
}

macro_rules! in_order {
    ($($part:ident $method:ident;)*) => {$(
        impl ser::$part for List<'_> {
            type Ok = ();
            type Error = Unwritable;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
                value.serialize(&mut *self.words)
            }
            fn end(self) -> Result<(), Unwritable> {
                self.close()
            }
        }
    )*};
}

in_order! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! by_name {
    ($($part:ident)*) => {$(
        impl ser::$part for List<'_> {
            type Ok = ();
            type Error = Unwritable;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Unwritable> {
                self.words.field(name, value)
            }
            fn end(self) -> Result<(), Unwritable> {
                self.close()
            }
        }
    )*};
}

by_name!(SerializeStruct SerializeStructVariant);
