//! What is done to the numbers of patterns. Pure, no allocation.

use serde::{Deserialize, Serialize};

/// An operation between two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arithmetic {
    /// The sum.
    Add,
    /// The difference.
    Sub,
    /// The product.
    Mul,
    /// The quotient; by nought it is nought.
    Div,
    /// The remainder, with the sign of the divisor; by nought it is nought.
    Mod,
    /// The right one alone.
    Set,
}

impl Arithmetic {
    /// The result; never NaN or infinite where both numbers are finite and reasonable.
    pub fn of(self, left: f64, right: f64) -> f64 {
        match self {
            Arithmetic::Add => left + right,
            Arithmetic::Sub => left - right,
            Arithmetic::Mul => left * right,
            Arithmetic::Div | Arithmetic::Mod if right == 0.0 => 0.0,
            Arithmetic::Div => left / right,
            Arithmetic::Mod => left - right * (left / right).floor(),
            Arithmetic::Set => right,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_divided_by_nought_and_remainders_have_the_divisors_sign() {
        assert_eq!(Arithmetic::Div.of(1.0, 0.0), 0.0);
        assert_eq!(Arithmetic::Mod.of(1.0, 0.0), 0.0);
        assert_eq!(Arithmetic::Mod.of(-1.0, 3.0), 2.0);
        assert_eq!(Arithmetic::Sub.of(1.0, 3.0), -2.0);
    }
}
