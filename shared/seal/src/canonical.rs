//! postcard, read strictly: nothing left over, and the value writes back to exactly the bytes it was read from.
//!
//! postcard itself accepts over-long varints and leaves trailing bytes alone, so one value would have many encodings
//! and many hashes. What was received is never replaced by a re-encoding: it is only compared with it.

use core::fmt;
use core::marker::PhantomData;

use postcard::ser_flavors::Flavor;
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Why bytes are not the one encoding of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Uncanonical {
    /// They end early, or hold a number, tag or text that the type does not have.
    #[error("the bytes are not well-formed")]
    Malformed,
    /// Something follows the value.
    #[error("bytes follow the end of the value")]
    TrailingBytes,
    /// The value has a shorter encoding, such as a shorter varint.
    #[error("the bytes are not the canonical encoding")]
    NonCanonical,
}

/// Reads `bytes` as the one encoding of a `T`.
///
/// # Errors
/// [`Uncanonical`] says in which way they are not.
pub fn parse<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, Uncanonical> {
    let (value, rest) = postcard::take_from_bytes::<T>(bytes).map_err(|_| Uncanonical::Malformed)?;
    if !rest.is_empty() {
        return Err(Uncanonical::TrailingBytes);
    }
    let left = postcard::serialize_with_flavor(&value, Same(bytes)).map_err(|_| Uncanonical::NonCanonical)?;
    if left == 0 { Ok(value) } else { Err(Uncanonical::NonCanonical) }
}

/// The encoding of `value`, which must be plain data.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    encode_sized(value, 256)
}

/// The encoding of `value`, with room for `size` bytes reserved at once.
pub(crate) fn encode_sized<T: Serialize>(value: &T, size: usize) -> Vec<u8> {
    postcard::serialize_with_flavor(value, Out(Vec::with_capacity(size)))
        .expect("plain data always serialises")
}

/// Writes nothing: fails at the first byte that differs from those expected.
struct Same<'a>(&'a [u8]);

impl Flavor for Same<'_> {
    type Output = usize;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                Ok(())
            }
            _ => Err(postcard::Error::SerializeBufferFull),
        }
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0 = self.0.strip_prefix(bytes).ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<usize> {
        Ok(self.0.len())
    }
}

struct Out(Vec<u8>);

impl Flavor for Out {
    type Output = Vec<u8>;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// Reads a sequence without trusting its declared length: room is made only for elements that are there, and for few more than
/// `MAX` of them, as an element may take far more room in memory than on the wire.
pub(crate) fn vec<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Elements<T, const MAX: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Elements<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a sequence of at most {MAX}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Vec<T>, A::Error> {
            let mut elements = Vec::with_capacity(access.size_hint().unwrap_or(0).min(4));
            while let Some(element) = access.next_element()? {
                // One more is read, so that whoever checks can name the limit.
                if elements.len() > MAX {
                    return Err(A::Error::invalid_length(MAX, &self));
                }
                elements.push(element);
            }
            Ok(elements)
        }
    }

    deserializer.deserialize_seq(Elements::<T, MAX>(PhantomData))
}

/// `Vec<u8>` as bytes: the length is checked against what is there before room is made.
pub(crate) mod bytes {
    use core::fmt;

    use serde::de::Visitor;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// A byte string inside a sequence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ByteString(#[serde(with = "bytes")] pub(crate) Vec<u8>);

/// `Vec<Vec<u8>>` as byte strings.
pub(crate) mod byte_strings {
    use serde::{Deserializer, Serialize, Serializer};

    use super::ByteString;

    pub(crate) fn serialize<S: Serializer>(strings: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(transparent)]
        struct Borrowed<'a>(#[serde(with = "super::bytes")] &'a [u8]);

        serializer.collect_seq(strings.iter().map(|string| Borrowed(string)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
        Ok(super::vec::<D, ByteString, { crate::letter::VERSIONS_MAX }>(deserializer)?
            .into_iter()
            .map(|string| string.0)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Sample {
        number: u64,
        #[serde(with = "bytes")]
        bytes: Vec<u8>,
        #[serde(deserialize_with = "vec::<_, _, 100>")]
        many: Vec<u32>,
    }

    #[test]
    fn bytes_look_as_postcard_writes_a_vector() {
        let sample = Sample { number: 300, bytes: vec![9; 200], many: vec![1, 2, 300] };
        let plain = postcard::to_allocvec(&(300_u64, vec![9_u8; 200], vec![1_u32, 2, 300])).unwrap();
        assert_eq!(encode(&sample), plain);
        assert_eq!(parse::<Sample>(&plain), Ok(sample));
    }

    #[test]
    fn long_varints_trailing_and_missing_bytes_each_have_their_name() {
        assert_eq!(parse::<u64>(&[0x05]), Ok(5));
        assert_eq!(parse::<u64>(&[0x85, 0x00]), Err(Uncanonical::NonCanonical));
        assert_eq!(parse::<u64>(&[0x05, 0x00]), Err(Uncanonical::TrailingBytes));
        assert_eq!(parse::<u64>(&[0x85]), Err(Uncanonical::Malformed));
    }

    #[test]
    fn of_a_list_that_is_too_long_one_element_beyond_the_limit_is_read_and_no_more() {
        let of = |length| encode(&Sample { number: 1, bytes: Vec::new(), many: vec![7; length] });
        for length in [0, 100, 101] {
            assert_eq!(parse::<Sample>(&of(length)).map(|sample| sample.many.len()), Ok(length));
        }
        for length in [102, 10_000] {
            assert_eq!(parse::<Sample>(&of(length)), Err(Uncanonical::Malformed));
        }
    }

    #[test]
    fn a_huge_declared_length_is_refused_without_making_room() {
        let huge = [0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3];
        assert_eq!(parse::<Sample>(&huge), Err(Uncanonical::Malformed));
        let huge = [0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3];
        assert_eq!(parse::<Sample>(&huge), Err(Uncanonical::Malformed));
    }
}
