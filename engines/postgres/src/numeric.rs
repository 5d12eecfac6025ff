//! Decimals on the wire: digits to the base of 10,000, exact both ways or an error.

use bedplate_core::{Error, Result};
use rust_decimal::Decimal;

const BASE: u128 = 10_000;
const NEGATIVE: u16 = 0x4000;
/// Digits that can't all belong to a decimal of 96 bits, zeros at the end included.
const MAX_DIGITS: usize = 64;

/// The binary form of a decimal.
pub(crate) fn encode(decimal: Decimal) -> Vec<u8> {
    let scale = decimal.scale();
    // Each digit to the base holds four decimal ones, counted from the point.
    let padding = (4 - scale % 4) % 4;
    let mut rest = decimal.mantissa().unsigned_abs() * 10u128.pow(padding);
    let mut digits = Vec::new();
    while rest > 0 {
        digits.push((rest % BASE) as u16);
        rest /= BASE;
    }
    let behind_the_point = ((scale + padding) / 4) as i16;
    let weight = digits.len() as i16 - behind_the_point - 1;
    digits.reverse();
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let sign = if decimal.is_sign_negative() && !digits.is_empty() { NEGATIVE } else { 0 };
    let header = [digits.len() as u16, if digits.is_empty() { 0 } else { weight as u16 }, sign, scale as u16];
    header.into_iter().chain(digits).flat_map(u16::to_be_bytes).collect()
}

/// The decimal of a binary form. One that `Decimal` can't hold exactly is an error, as are NaN and infinity.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decimal> {
    let mut words = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let mut word = || words.next().ok_or_else(|| Error::invalid("a decimal on the wire is cut off"));
    let (count, weight, sign, scale) = (usize::from(word()?), word()? as i16, word()?, u32::from(word()?));
    if sign != 0 && sign != NEGATIVE {
        return Err(Error::invalid("a NaN or an infinity is no decimal"));
    }
    let too_long = || {
        Error::invalid("the decimal has more digits than 28, which is what can be read exactly")
            .with_help("cast it to `text`, or round it in the statement")
    };
    if count > MAX_DIGITS {
        return Err(too_long());
    }
    let mut mantissa: i128 = 0;
    for _ in 0..count {
        let digit = i128::from(word()?);
        mantissa =
            mantissa.checked_mul(BASE as i128).and_then(|m| m.checked_add(digit)).ok_or_else(too_long)?;
    }
    // The digits are worth mantissa * 10^exponent.
    let mut exponent = 4 * (i32::from(weight) + 1 - count as i32);
    let scale = scale.min(Decimal::MAX_SCALE);
    while exponent > -(scale as i32) && mantissa != 0 {
        mantissa = mantissa.checked_mul(10).ok_or_else(too_long)?;
        exponent -= 1;
    }
    // What is behind the scale is nothing but zeros of the last digit to the base.
    while exponent < -(scale as i32) && mantissa % 10 == 0 && mantissa != 0 {
        mantissa /= 10;
        exponent += 1;
    }
    if mantissa == 0 {
        exponent = -(scale as i32);
    }
    let mut scale = u32::try_from(-exponent).map_err(|_| too_long())?;
    let mut shown = Decimal::try_from_i128_with_scale(mantissa, scale);
    while shown.is_err() && scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
        shown = Decimal::try_from_i128_with_scale(mantissa, scale);
    }
    let decimal = shown.map_err(|_| too_long())?;
    Ok(if sign == NEGATIVE { -decimal } else { decimal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_survive_a_round_trip_with_their_scale() {
        for text in [
            "0",
            "0.00",
            "1",
            "-1",
            "1.50",
            "0.1",
            "0.0001",
            "0.00001",
            "9999",
            "10000",
            "100000000",
            "12345.6789",
            "-0.5",
            "79228162514264337593543950335",
            "0.0000000000000000000000000001",
            "7.9228162514264337593543950335",
            "10000.0001",
        ] {
            let decimal = Decimal::from_str_exact(text).unwrap();
            assert_eq!(decode(&encode(decimal)).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_a_decimal_cannot_hold_is_an_error() {
        let words = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        assert!(decode(&words(&[0, 0, 0xC000, 0])).is_err(), "NaN");
        assert!(decode(&words(&[0, 0, 0xD000, 0])).is_err(), "infinity");
        assert!(decode(&words(&[1, 10, 0, 0, 1])).is_err(), "10^40");
        assert!(decode(&words(&[1, -9i16 as u16, 0, 36, 1])).is_err(), "10^-36");
        assert!(decode(&words(&[8, 7, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9])).is_err(), "too many digits");
        assert!(decode(&words(&[2, 0, 0, 0, 1])).is_err(), "cut off");
        assert!(decode(&words(&[200, 0, 0, 0])).is_err(), "very many digits");
    }

    #[test]
    fn zeros_beyond_what_fits_are_dropped() {
        // 1.5 with 30 places behind the point.
        let bytes: Vec<u8> = [2u16, 0, 0, 30, 1, 5000].into_iter().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&bytes).unwrap(), Decimal::new(15, 1));
    }
}
